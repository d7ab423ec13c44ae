import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, run } from '../../lab/run';
import { eventually, type Lab } from '../lab';
import { NAMESPACE } from '../migration';
import { analytics, type Context, expect, type Scenario, told } from '../scenario';
import { Vm } from '../vm';
import { LOADS, withWalk } from '../walk';
import { ApiServer } from './agent-api-server';
import { CLIENT, DetachedLoad, failuresTold, under } from './agent-load';
import { AgentMachine } from './agent-machine';

const NAME = 'agent outages';
const GROUP = 'workloadgroup/analytics-v0';
/** The shortest token that an API server grants; it stands for the month of a real one. */
const TOKEN_SECONDS = 600;
const CONFIG = `bearerTokenDays: ${TOKEN_SECONDS / 86_400}`;
/** The workload's certificate ends after this instead of a day. */
const CERTIFICATE_SECONDS = 240;
const SHORT_CERTIFICATES = {
  metadata: {
    annotations: {
      'proxy.istio.io/config': JSON.stringify({ proxyMetadata: { SECRET_TTL: `${CERTIFICATE_SECONDS}s` } }),
    },
  },
};

/** An API server still takes a token in the minute after its end, and remembers its answer for ten seconds. */
const LEEWAY_SECONDS = 80;
/** A rule that only counts: new connections to the API server. */
const TRIES = ['-p', 'tcp', '--syn', '--dport', '6443', '-m', 'comment', '--comment', 'counts-tries'];

interface Joined {
  readonly vm: Vm;
  readonly machine: AgentMachine;
  /** Starts it after a while; it may come up with another address. */
  readonly start: () => Promise<Joined>;
}

/**
 * Outages, and time that passes. Time is scaled, not moved: tokens of ten minutes stand for those of a month, and
 * certificates of four for those of a day, so that a machine that was off for five minutes comes back with a
 * certificate that has ended and a token past half of its life; one that was off for ten, with neither.
 */
export const agentOutages: Scenario = {
  name: NAME,
  agent: true,
  play: (context) =>
    withWalk(context, NAME, analytics(context.lab), async (walk, repository) => {
      const { lab } = context;
      const api = new ApiServer(lab);
      await walk.apply('onboard');
      const short = JSON.stringify(SHORT_CERTIFICATES);
      await lab.kubectl(...['patch', GROUP, '-n', NAMESPACE, '--type', 'merge', '-p', short]);
      const known = (name: string): Joined => {
        const vm = new Vm(lab, repository, name);
        const start = async () => {
          await lab.run('docker', ['start', name]);
          return known(name);
        };
        return { vm, machine: new AgentMachine(lab, vm), start };
      };
      const join = async (name: string): Promise<Joined> => {
        const joined = known(name);
        walk.vm ??= joined.vm;
        await joined.vm.start();
        await joined.machine.install(CONFIG, TOKEN_SECONDS);
        await joined.machine.agent('reconcile');
        return joined;
      };
      const stays = await join('vm-agent-stays');
      const first = await tokenOf(stays.vm);
      const firstCertificate = (await stays.machine.metric('certificate_expiry_seconds')) ?? 0;
      const others = ['vm-agent-away', 'vm-agent-gone'] as const;
      try {
        const [away, gone] = [await join(others[0]), await join(others[1])];
        const lost = await tokenOf(gone.vm);
        for (const name of others) await lab.run('docker', ['stop', '-t', '10', name]);
        const since = Date.now();
        await outages(context, api, stays);
        await comesBack(context, away, since);
        await staysIn(context, stays, first, firstCertificate);
        const back = await tooLong(context, gone, lost);
        await leaves(context, back);
      } finally {
        await api.start();
        await lab.kubectl('scale', 'deployment/istiod', '-n', 'istio-system', '--replicas=1');
        for (const name of others) await new Vm(lab, repository, name).delete();
      }
    }),
};

async function outages(context: Context, api: ApiServer, joined: Joined): Promise<void> {
  const { lab } = context;
  const { machine } = joined;
  const connected = () => machine.metric('api_server_connected').then((value) => value === 1);
  const back = async (): Promise<string> => {
    const took = await eventually('the agent has the API server again', 60, connected);
    return `the agent had it ${took.toFixed(1)} s later`;
  };
  await disturbed(context, joined, 'the API server is killed and started again', async () => {
    await api.kill();
    await eventually('the agent notices', 30, async () => !(await connected()));
    await sleep(5_000);
    const up = await api.start();
    return `it took ${up.toFixed(1)} s to start, ${await back()}`;
  });
  await disturbed(context, joined, 'the API server hangs for half a minute', async () => {
    await api.freeze(30);
    return back();
  });
  await disturbed(context, joined, 'istiod is killed', async () => {
    await lab.kubectl(
      'delete',
      'pod',
      '-l',
      'app=istiod',
      '-n',
      'istio-system',
      '--grace-period=0',
      '--force',
    );
    await lab.kubectl('rollout', 'status', 'deployment/istiod', '-n', 'istio-system', '--timeout=90s');
    return 'killed';
  });
  await disturbed(context, joined, 'istiod and the API server are gone for a minute', async () => {
    await scaleIstiod(lab, 0);
    await joined.vm.exec('iptables', '-I', 'OUTPUT', ...TRIES);
    await api.kill();
    await sleep(60_000);
    const counted = await joined.vm.exec('iptables', '-nvxL', 'OUTPUT');
    await joined.vm.exec('iptables', '-D', 'OUTPUT', ...TRIES);
    const tries = Number(/^\s*(\d+).*counts-tries/m.exec(counted)?.[1]);
    await api.start();
    const said = `${tries} connections tried meanwhile, ${await back()}`;
    await scaleIstiod(lab, 1);
    expect(tries > 0 && tries < 150, said);
    return said;
  });
}

/** Comes back from as long an absence as a certificate and Istio's token do not last. */
async function comesBack({ lab, report }: Context, off: Joined, since: number): Promise<void> {
  await report.step(NAME, 'a machine that was off past its certificate', 'healthy by itself', async () => {
    await sleep(Math.max(0, since + (CERTIFICATE_SECONDS + 30) * 1000 - Date.now()));
    const seconds = (Date.now() - since) / 1000;
    const before = Date.now();
    const { vm } = await off.start();
    const token = await tokenOf(vm);
    await eventually('it serves', 90, async () => (await vm.healthy()) === true && (await vm.isEndpoint()));
    const took = (Date.now() - before) / 1000;
    await eventually('its token is renewed', 90, async () => (await tokenOf(vm)).issued > token.issued);
    const left = Math.round(token.expires - (await tokenOf(vm)).issued);
    await lab.run('docker', ['stop', '-t', '10', vm.name]);
    return `off for ${seconds.toFixed(0)} s, healthy ${took.toFixed(1)} s after its start, its token renewed ${left} s before the end`;
  });
}

/** The one that was never off has another token before the first ends, and certificates go on. */
async function staysIn(
  { lab, report }: Context,
  { vm, machine }: Joined,
  first: Token,
  firstCertificate: number,
): Promise<void> {
  await report.step(NAME, 'a token ends', 'another was there before', async () => {
    const until = (seconds: number) => sleep(Math.max(0, seconds * 1000 - Date.now()));
    await until(first.expires - 120);
    const second = await tokenOf(vm);
    const words = `renewed ${(first.expires - second.issued).toFixed(0)} s before the end`;
    expect(second.issued > first.issued, 'two minutes before the end there is no other');
    await until(first.expires + LEEWAY_SECONDS);
    const refused = await get(lab, first.text);
    expect(/Unauthorized|must be logged in/.test(refused), `the first token still works: ${refused}`);
    const now = await tokenOf(vm);
    expect(/analytics-v0/.test(await get(lab, now.text)), 'the token that is there does not work');
    expect((await machine.metric('api_server_connected')) === 1, 'the agent is not connected');
    const certificate = (await machine.metric('certificate_expiry_seconds')) ?? 0;
    expect(certificate > Date.now() / 1000, 'the certificate has ended');
    return `${words}; the certificate's end moved by ${Math.round(certificate - firstCertificate)} s`;
  });
}

/** Off for longer than its token lasts: it says so, and one new token heals it. */
async function tooLong({ report }: Context, off: Joined, { expires }: Token): Promise<Joined> {
  let back = off;
  await report.step(
    NAME,
    'a machine that was off past its token',
    'says so, and takes a new one',
    async () => {
      await sleep(Math.max(0, (expires + LEEWAY_SECONDS) * 1000 - Date.now()));
      back = await off.start();
      const { vm, machine } = back;
      await eventually('it says so', 60, async () =>
        /the bearer token expired at/.test(await machine.journal()),
      );
      const said = lastLine(await machine.journal(), /expired/);
      const before = Date.now();
      await machine.giveToken(TOKEN_SECONDS);
      await eventually('it serves', 90, async () => (await vm.healthy()) === true && (await vm.isEndpoint()));
      return `${said}; healthy ${((Date.now() - before) / 1000).toFixed(1)} s after a new one`;
    },
  );
  return back;
}

/** One of two machines leaves while both serve. */
async function leaves({ lab, report }: Context, { vm, machine }: Joined): Promise<void> {
  await report.step(NAME, 'uninstall under load, another machine serving', 'no request fails', async () => {
    const load = await DetachedLoad.start(lab, CLIENT, { ...LOADS.http, seconds: 200 });
    const said = await under([load], async () => {
      await sleep(5_000);
      const text = await machine.agent('uninstall');
      await sleep(5_000);
      return text;
    });
    const totals = await load.end();
    const words = `${said.split('\n')[0]}; ${told(totals)}${failuresTold(totals)}`;
    expect((totals.answers[vm.name] ?? 0) > 100, `${words}: it did not serve before`);
    expect(totals.failed === 0 && said.includes('uninstalled'), words);
    return words;
  });
}

/** Does something under a load that needs no API server; nothing may fail. */
async function disturbed(
  { lab, report }: Context,
  { vm, machine }: Joined,
  what: string,
  change: () => Promise<string>,
): Promise<void> {
  await report.step(NAME, what, 'no request fails', async () => {
    const load = await DetachedLoad.start(lab, CLIENT, { ...LOADS.http, seconds: 400 });
    const [said, followed] = await under([load], async () => {
      await sleep(2_000);
      const done = await change();
      await eventually('it serves', 60, async () => (await vm.healthy()) === true && (await vm.isEndpoint()));
      const seconds = await follows(lab, machine);
      await sleep(15_000);
      expect((await vm.healthy()) === true, 'it is no longer healthy');
      return [done, seconds] as const;
    });
    const totals = await load.end();
    const words = `${said}; a change of the group followed after ${followed.toFixed(1)} s; ${told(totals)}`;
    expect(totals.failed === 0, `${words}${failuresTold(totals)}`);
    return words;
  });
}

/** Changes something of the group that matters to nobody. @returns seconds until the agent has looked at it */
async function follows(lab: Lab, machine: AgentMachine): Promise<number> {
  const label = ['label', GROUP, '-n', NAMESPACE, '--overwrite', `e2e/looked=${Date.now()}`];
  // istiod, which is asked to admit it, may only be starting
  await eventually('the group can be changed', 60, () =>
    lab.kubectl(...label).then(
      () => true,
      () => false,
    ),
  );
  const before = Date.now() / 1000 - 1;
  return eventually('the agent follows a change', 60, async () => {
    const at = await machine.metric('last_reconcile_seconds');
    return at !== undefined && at > before;
  });
}

async function scaleIstiod(lab: Lab, replicas: number): Promise<void> {
  await lab.kubectl('scale', 'deployment/istiod', '-n', 'istio-system', `--replicas=${replicas}`);
  if (replicas > 0) {
    // controllers that lost the API server for long come back to it late
    await lab.kubectl('rollout', 'status', 'deployment/istiod', '-n', 'istio-system', '--timeout=170s');
    return;
  }
  await lab.kubectl('wait', '--for=delete', 'pod', '-l', 'app=istiod', '-n', 'istio-system', '--timeout=60s');
}

interface Token {
  readonly text: string;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly issued: number;
}

function readToken(text: string): Token {
  const { exp, iat } = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString());
  return { text: text.trim(), expires: exp, issued: iat };
}

async function tokenOf(vm: Vm): Promise<Token> {
  return readToken(await vm.exec('cat', '/etc/meshferry/bearer-token'));
}

/** What the API server says to the bearer of a token alone. */
async function get(lab: Lab, token: string): Promise<string> {
  const { server } = JSON.parse(await lab.kubectl('config', 'view', '--raw', '-o', 'json')).clusters[0]
    .cluster;
  const path = `/apis/networking.istio.io/v1/namespaces/${NAMESPACE}/workloadgroups/analytics-v0`;
  const [program, ...args] = lab.inside(['curl', '-sk', '-m', '5', '-H', '@-', `${server}${path}`]);
  return run(program as string, args, { input: `Authorization: Bearer ${token}\n` }).catch((error) => {
    if (error instanceof CommandError) return error.output;
    throw error;
  });
}

function lastLine(text: string, pattern: RegExp): string {
  return text.split('\n').findLast((line) => pattern.test(line)) ?? '';
}
