import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lab';
import { Load } from '../load';
import { NAMESPACE } from '../migration';
import { type Context, expect, type Scenario, told } from '../scenario';
import type { Vm } from '../vm';
import { LOADS } from '../walk';
import { failuresTold } from './agent-load';
import type { AgentMachine } from './agent-machine';
import { withMachine } from './agent-walk';

const NAME = 'agent';
const GROUP = 'workloadgroup/analytics-v0';

interface Connected {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly status?: { readonly conditions?: readonly { readonly status: string }[] };
}

/** A machine's life with the agent: it joins, follows every change, survives every outage, leaves without a trace. */
export const agentLife: Scenario = {
  name: NAME,
  agent: true,
  play: (context) =>
    withMachine(context, NAME, async ({ vm, machine }) => {
      const { report } = context;
      const before = await machine.files();
      await machine.install();
      await report.step(NAME, 'reconcile', 'registered and healthy', async () => {
        const began = Date.now();
        const said = await machine.agent('reconcile');
        expect(said.includes('wait-for-registration ❯ workloadentry is registered successfully'), said);
        expect((await vm.healthy()) === true, said);
        return `${((Date.now() - began) / 1000).toFixed(1)} s, the package's installation with it`;
      });
      await report.step(NAME, 'reconcile again', 'no changes', async () => {
        const said = JSON.parse(await machine.agent('reconcile', '--json')) as { changes: string[] };
        expect(said.changes.length === 0, said.changes.join(', '));
        return 'no changes';
      });
      await follows(context, vm);
      await survives(context, vm, machine);
      await report.step(NAME, 'uninstall', 'the files as before', async () => {
        const said = await machine.agent('uninstall');
        const rules = await vm.exec('sh', '-c', 'iptables-save; iptables-legacy-save; cat /etc/hosts');
        expect(!/ISTIO|meshferry|istiod/.test(rules), rules);
        const left = difference(before, await machine.files());
        expect(left.length === 0, left.join(', '));
        return `${before.length} files compared; ${said.split('\n')[0]}`;
      });
    }),
};

/** Changes in git that reach the machine. Alone in its group, it may fail for the moment of registering anew. */
async function follows(context: Context, vm: Vm): Promise<void> {
  const group = (patch: object) => () =>
    context.lab.kubectl('patch', GROUP, '-n', NAMESPACE, '--type', 'merge', '-p', JSON.stringify(patch));
  const holds = (text: string) => () =>
    vm.exec('cat', '/var/lib/istio/envoy/cluster.env').then((env) => env.includes(text));
  const port = (name: string, number: number) => ({ spec: { template: { ports: { [name]: number } } } });
  await disturb(context, vm, 'a port is declared', 100, group(port('http-admin', 9100)), holds('9100'));
  await withPatch(context, vm, () =>
    disturb(
      context,
      vm,
      'a port is declared, and it may patch its own entry',
      0,
      group(port('http-other', 9200)),
      holds('9200'),
    ),
  );
  const label = { spec: { metadata: { labels: { tier: 'gold' } } } };
  await disturb(context, vm, 'a label is declared', 250, group(label), holds('gold'));
  await disturb(context, vm, 'the group is made anew', 150, async () => {
    const { metadata, ...rest } = JSON.parse(
      await context.lab.kubectl('get', GROUP, '-n', NAMESPACE, '-o', 'json'),
    );
    const { name, namespace, labels } = metadata as Record<string, object>;
    await context.lab.kubectl('delete', GROUP, '-n', NAMESPACE);
    await context.lab.apply([{ ...rest, metadata: { name, namespace, labels } }]);
  });
}

/** While the machine may patch its own entry, and no other: a Role that a person grants for a known address. */
async function withPatch({ lab }: Context, vm: Vm, work: () => Promise<void>): Promise<void> {
  const metadata = { name: 'analytics-v0-agent-entry', namespace: NAMESPACE };
  const name = (await vm.entry())?.metadata.name ?? '';
  const rbac = 'rbac.authorization.k8s.io';
  const agent = 'analytics-v0-agent';
  const may = () =>
    lab
      .kubectl(
        ...['auth', 'can-i', 'patch', 'workloadentries.networking.istio.io/another', '-n', NAMESPACE],
        ...['--as', `system:serviceaccount:${NAMESPACE}:${agent}`],
      )
      .catch(() => 'no');
  await lab.apply([
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata,
      rules: [
        {
          apiGroups: ['networking.istio.io'],
          resources: ['workloadentries'],
          resourceNames: [name],
          verbs: ['patch'],
        },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: agent, namespace: NAMESPACE }],
    },
  ]);
  try {
    expect((await may()).trim() === 'no', 'it may patch the entry of another machine');
    await work();
  } finally {
    await lab.kubectl('delete', 'role,rolebinding', metadata.name, '-n', NAMESPACE);
  }
}

/** Outages that it comes back from by itself. */
async function survives(context: Context, vm: Vm, machine: AgentMachine): Promise<void> {
  const { lab, report } = context;
  await disturb(context, vm, 'istiod is restarted', 0, () =>
    lab.kubectl('delete', 'pod', '-l', 'app=istiod', '-n', 'istio-system', '--wait=false'),
  );
  await report.step(NAME, 'DNS capture is switched off', 'no rule for port 53, healthy', async () => {
    const rules = () => vm.exec('sh', '-c', 'iptables-save; iptables-legacy-save 2>/dev/null');
    expect(/15053/.test(await rules()), 'DNS was not captured before');
    await machine.agent('set', 'dns-capture', 'off');
    const seconds = await eventually('its rules are gone', 60, async () => {
      const now = await rules();
      return now.includes('ISTIO_OUTPUT') && !now.includes('15053');
    });
    await eventually('it serves', 60, async () => (await vm.healthy()) === true && (await vm.isEndpoint()));
    return `gone after ${seconds.toFixed(1)} s`;
  });
  await report.step(NAME, "the machine's address changes", 'healthy at the new one', () =>
    moves(context, vm),
  );
  await report.step(NAME, 'the machine is rebooted', 'healthy by itself', async () => {
    const before = Date.now();
    await lab.run('docker', ['restart', '-t', '3', vm.name]);
    const up = Date.now();
    // It may come back with another address, and then as another entry: the one that connected since.
    await eventually('it is healthy', 60, async () => {
      const entries = await lab.list<Connected>('workloadentries', NAMESPACE);
      return entries.some(
        ({ metadata, status }) =>
          metadata.annotations?.['istio.io/autoRegistrationGroup'] === 'analytics-v0' &&
          Date.parse(metadata.annotations['istio.io/connectedAt'] ?? '') > before &&
          status?.conditions?.some((condition) => condition.status === 'True'),
      );
    });
    return `${((Date.now() - up) / 1000).toFixed(1)} s after it was up`;
  });
}

const OTHER_ADDRESS = '10.90.0.200';

/** Another address while everything runs: what is sent to the old one is lost until callers know the new one. */
async function moves({ lab }: Context, vm: Vm): Promise<string> {
  const load = new Load(lab, { ...LOADS.http, seconds: 120 });
  await load.during(3);
  const old = await vm.address();
  const began = Date.now();
  const move = [
    'sysctl -qw net.ipv4.conf.eth0.promote_secondaries=1',
    'gateway=$(ip -4 route show default | cut -d" " -f3)',
    `ip address add ${OTHER_ADDRESS}/24 dev eth0`,
    `ip address del ${old}/24 dev eth0`,
    'ip route replace default via $gateway',
  ];
  await vm.exec('sh', '-ec', move.join('\n'));
  await eventually('it is healthy', 90, async () => {
    const entries = await lab.list<Connected & { spec: { address: string } }>('workloadentries', NAMESPACE);
    return entries.some(
      ({ spec, status }) =>
        spec.address === OTHER_ADDRESS && status?.conditions?.some(({ status: is }) => is === 'True'),
    );
  });
  const seconds = (Date.now() - began) / 1000;
  await load.during(20);
  const before = load.failed;
  await load.during(5);
  const totals = await load.end();
  const words = `after ${seconds.toFixed(1)} s; ${told(totals)}${failuresTold(totals)}`;
  expect(load.failed === before, `${words}: requests still fail half a minute later`);
  return words;
}

/** Does something under load, waits until it has arrived and the machine serves, and counts what failed. */
async function disturb(
  { lab, report }: Context,
  vm: Vm,
  what: string,
  mayFail: number,
  change: () => Promise<unknown>,
  arrived?: () => Promise<boolean>,
): Promise<void> {
  await report.step(NAME, what, `at most ${mayFail} requests fail`, async () => {
    const load = new Load(lab, { ...LOADS.http, seconds: 120 });
    await load.during(2);
    await change();
    const seconds = arrived ? await eventually('it is on the machine', 30, arrived) : undefined;
    await sleep(15_000);
    await eventually('it serves', 60, async () => (await vm.healthy()) === true && (await vm.isEndpoint()));
    await sleep(2_000);
    const totals = await load.end();
    const words = `${seconds === undefined ? '' : `on the machine after ${seconds.toFixed(1)} s; `}${told(totals)}${failuresTold(totals)}`;
    expect(totals.failed <= mayFail, words);
    return words;
  });
}

function difference(before: readonly string[], after: readonly string[]): string[] {
  const [old, now] = [new Set(before), new Set(after)];
  return [...before.filter((line) => !now.has(line)), ...after.filter((line) => !old.has(line))].filter(
    (line) => !line.startsWith('opt/package/'),
  );
}
