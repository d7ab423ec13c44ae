import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lab';
import { Load } from '../load';
import { NAMESPACE } from '../migration';
import { analytics, type Context, expect, type Scenario, told } from '../scenario';
import { Vm } from '../vm';
import { LOADS, withWalk } from '../walk';
import { AgentMachine } from './agent-machine';

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
    withWalk(context, NAME, analytics(context.lab), async (walk, repository) => {
      const { lab, report } = context;
      await walk.apply('onboard');
      const vm = new Vm(lab, repository, 'vm-agent');
      walk.vm = vm;
      await vm.start();
      const machine = new AgentMachine(lab, vm);
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
      await survives(context, vm);
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
  const port = { spec: { template: { ports: { 'http-admin': 9100 } } } };
  await disturb(context, vm, 'a port is declared', 100, group(port), holds('9100'));
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

/** Outages that it comes back from by itself. */
async function survives(context: Context, vm: Vm): Promise<void> {
  const { lab, report } = context;
  await disturb(context, vm, 'istiod is restarted', 0, () =>
    lab.kubectl('delete', 'pod', '-l', 'app=istiod', '-n', 'istio-system', '--wait=false'),
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
    const words = `${seconds === undefined ? '' : `on the machine after ${seconds.toFixed(1)} s; `}${told(totals)}`;
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
