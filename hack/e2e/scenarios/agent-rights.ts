import { CommandError } from '../../lab/run';
import { eventually, type Lab } from '../lab';
import { NAMESPACE, type Repository } from '../migration';
import { analytics, type Context, expect, type Scenario } from '../scenario';
import { Vm } from '../vm';
import { type Walk, withWalk } from '../walk';
import { AgentMachine } from './agent-machine';

const NAME = 'agent rights';
const AGENT = 'analytics-v0-agent.rack-1';
const OTHER_AGENT = 'analytics-v0-agent.rack-2';
const MOST_EXPOSURE = 4;
const MOST_MEMORY_MB = 60;
const IDLE_SECONDS = 30;

/** What an agent may do in the cluster and on its machine, and how one machine of two is revoked. */
export const agentRights: Scenario = {
  name: NAME,
  agent: true,
  play: (context) =>
    withWalk(context, NAME, analytics(context.lab), async (walk, repository) => {
      const { lab, report } = context;
      const vm = new Vm(lab, repository, 'vm-agent-rights');
      walk.vm = vm;
      await vm.start();
      await declareMachines(context, walk, repository, [
        { name: 'rack-1', address: await vm.address() },
        { name: 'rack-2' },
      ]);
      const machine = new AgentMachine(lab, vm, AGENT);
      await machine.install();
      await report.step(NAME, 'reconcile with the account of the machine', 'healthy', async () => {
        const said = await machine.agent('reconcile');
        await eventually('it is healthy', 60, async () => (await vm.healthy()) === true);
        return said.split('\n').find((line) => line.includes('connect-to-mesh')) ?? said;
      });
      await sandbox(context, vm);
      await proxyUser(context, vm);
      await tokens(context);
      await entries(context, vm);
      await report.step(NAME, 'it follows its group', 'a new port on the machine', async () => {
        const port = { spec: { template: { ports: { 'http-admin': 9100 } } } };
        await lab.kubectl(
          ...[
            'patch',
            'workloadgroup/analytics-v0',
            '-n',
            NAMESPACE,
            '--type',
            'merge',
            '-p',
            JSON.stringify(port),
          ],
        );
        const seconds = await eventually('it is on the machine', 30, async () =>
          (await vm.exec('cat', '/var/lib/istio/envoy/cluster.env')).includes('9100'),
        );
        await eventually('it is healthy', 60, async () => (await vm.healthy()) === true);
        return `after ${seconds.toFixed(1)} s`;
      });
      await hostileGroup(context, vm, machine);
      await revoke(context, walk, repository, machine);
    }),
};

async function declareMachines(
  { lab }: Context,
  walk: Walk,
  repository: Repository,
  machines: { readonly name: string; readonly address?: string }[],
): Promise<void> {
  const declared = analytics(lab);
  repository.declare({ ...declared, vm: { ...declared.vm, machines } });
  await walk.apply('onboard');
}

/** The unit as systemd rates it where it runs, and what it takes. */
async function sandbox({ report }: Context, vm: Vm): Promise<void> {
  await report.step(NAME, 'the exposure of the unit', `${MOST_EXPOSURE} at most`, async () => {
    const rated = await vm.exec('systemd-analyze', 'security', '--no-pager', 'meshferry-agent.service');
    const [words = '', exposure] = /Overall exposure level for \S+: (\d+\.\d) \w+/.exec(rated) ?? [];
    expect(Number(exposure) <= MOST_EXPOSURE, words || rated);
    return words;
  });
  await report.step(NAME, 'the idle agent', `${MOST_MEMORY_MB} MB at most`, async () => {
    const script = `
      began=$(date +%s%N); systemctl restart meshferry-agent
      until curl -sf -o /dev/null http://127.0.0.1:15098/metrics; do sleep 0.01; done
      echo $((($(date +%s%N) - began) / 1000000)); sleep ${IDLE_SECONDS}
      grep VmRSS /proc/$(systemctl show -P MainPID meshferry-agent)/status`;
    const [started = '', memory = ''] = (await vm.exec('sh', '-c', script)).split('\n');
    const kib = Number(/(\d+) kB/.exec(memory)?.[1]);
    const words = `${kib} KiB resident, answered ${started} ms after its start was asked for`;
    expect(kib > 0 && kib * 1024 <= MOST_MEMORY_MB * 1e6, words);
    return words;
  });
}

/** What Istio's start script sources as root, and the user whose probes a WorkloadGroup names. */
async function proxyUser({ report }: Context, vm: Vm): Promise<void> {
  await report.step(NAME, 'istio-proxy and what root sources', 'it cannot write any of it', async () => {
    const tries = [
      'echo x >> /var/lib/istio/envoy/cluster.env',
      'echo x >> /var/lib/istio/envoy/sidecar.env',
      'touch /var/lib/istio/envoy/new',
      'mv /var/lib/istio/envoy/cluster.env /var/lib/istio/envoy/old',
      'mv /var/lib/istio/envoy /var/lib/istio/old',
      'touch /usr/local/bin/pilot-agent /usr/local/bin/istio-start.sh',
    ];
    for (const one of tries) {
      const said = await vm.exec('sh', '-c', `sudo -u istio-proxy sh -c '${one}' 2>&1 && echo DONE || true`);
      expect(!said.includes('DONE'), `${one}: ${said}`);
    }
    return `${tries.length} ways, each refused`;
  });
}

/** A group whose settings would make its writer root on the machine: refused in words, and Istio goes on as it was. */
async function hostileGroup({ lab, report }: Context, vm: Vm, machine: AgentMachine): Promise<void> {
  await report.step(NAME, 'a group that steers the start script', 'refused, and Istio goes on', async () => {
    const state = () =>
      vm.exec(
        'sh',
        '-c',
        'systemctl show -P MainPID istio; cat /var/lib/istio/envoy/cluster.env; cat /etc/istio/config/mesh',
      );
    const annotate = (value: string) =>
      lab.kubectl('annotate', '--overwrite', '-n', NAMESPACE, 'workloadgroup/analytics-v0', value);
    const before = await state();
    await annotate('proxy.istio.io/config=proxyMetadata: { EXEC_USER: root, BASH_ENV: /tmp/x }');
    const said = /says proxyMetadata\.EXEC_USER, which is none of the settings of pilot-agent.*/;
    await eventually('it says so', 30, async () => said.test(await machine.journal()));
    expect((await state()) === before, 'Istio is not as it was');
    expect((await vm.healthy()) === true, 'it is no longer healthy');
    await annotate('proxy.istio.io/config-');
    return said.exec(await machine.journal())?.[0] ?? '';
  });
}

/** Tokens that an agent may ask for, and others. */
async function tokens({ lab, report }: Context): Promise<void> {
  const granted: readonly [string, ...string[]][] = [
    ['default', '--audience', 'istio-ca', '--duration', '1h'],
    [AGENT, '--duration', '720h'],
  ];
  const denied: readonly [string, string, ...string[]][] = [
    ['the workload at the API server', 'default'],
    ['the workload for a service that trusts the cluster', 'default', '--audience', 'vault'],
    ['the workload for istiod and another', 'default', '--audience', 'istio-ca', '--audience', 'vault'],
    ['the workload for two hours', 'default', '--audience', 'istio-ca', '--duration', '2h'],
    ['its own for istiod', AGENT, '--audience', 'istio-ca'],
    ['its own for 31 days', AGENT, '--duration', '744h'],
    ['the agent of another machine', OTHER_AGENT],
  ];
  await report.step(NAME, 'tokens that an agent needs', 'granted', async () => {
    for (const request of granted)
      expect((await askForToken(lab, AGENT, request)) === undefined, request.join(' '));
    return granted.map((request) => request.join(' ')).join('; ');
  });
  for (const [what, ...request] of denied) {
    await report.step(NAME, `a token of ${what}`, 'denied', async () => {
      const refusal = await askForToken(lab, AGENT, request);
      expect(refusal?.includes('forbidden') === true, refusal ?? 'granted');
      return (refusal ?? '').replace(/^.*denied request: /s, '').split('\n')[0] ?? '';
    });
  }
}

/** Asks for a token as an agent. @returns what the API server refuses it with; undefined where it grants it */
async function askForToken(lab: Lab, agent: string, request: readonly string[]): Promise<string | undefined> {
  const as = `system:serviceaccount:${NAMESPACE}:${agent}`;
  try {
    await lab.kubectl('create', 'token', ...request, '-n', NAMESPACE, '--as', as);
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return error.output;
    throw error;
  }
}

/** Entries that an agent may read. */
async function entries({ lab, report }: Context, vm: Vm): Promise<void> {
  const may = (verb: string, name: string) =>
    lab
      .kubectl(
        ...[
          'auth',
          'can-i',
          verb,
          `workloadentries.networking.istio.io${name && `/${name}`}`,
          '-n',
          NAMESPACE,
        ],
        ...['--as', `system:serviceaccount:${NAMESPACE}:${AGENT}`],
      )
      .then(
        (said) => said.trim() === 'yes',
        () => false,
      );
  await report.step(NAME, 'entries that it may read', 'its own alone', async () => {
    const own = (await vm.entry())?.metadata.name ?? '';
    expect(await may('get', own), `it may not get ${own}`);
    expect(!(await may('get', 'another')), 'it may get another');
    for (const verb of ['list', 'watch', 'patch', 'delete']) expect(!(await may(verb, '')), `it may ${verb}`);
    return own;
  });
}

/** One machine is taken off the list: the other stays. */
async function revoke(
  context: Context,
  walk: Walk,
  repository: Repository,
  machine: AgentMachine,
): Promise<void> {
  const { lab, report } = context;
  await report.step(NAME, 'one machine is revoked', 'its token is refused, the other stays', async () => {
    await declareMachines(context, walk, repository, [{ name: 'rack-2' }]);
    const seconds = await eventually('the API server refuses it', 60, async () =>
      (await machine.agent('status').catch((error) => (error as CommandError).output)).includes(
        'does not accept the bearer token',
      ),
    );
    const refusal = await askForToken(lab, OTHER_AGENT, ['default', '--audience', 'istio-ca']);
    expect(refusal === undefined, `the other machine: ${refusal}`);
    return `after ${seconds.toFixed(1)} s`;
  });
}
