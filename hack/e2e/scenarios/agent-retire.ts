import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../lab';
import { NAMESPACE, podsReady } from '../migration';
import { type Context, expect, PODS, type Scenario, told } from '../scenario';
import type { Vm } from '../vm';
import { LOADS, type Walk } from '../walk';
import { CLIENT, DetachedLoad, failuresTold, slowRequests } from './agent-load';
import type { AgentMachine } from './agent-machine';
import { withJoinedMachine } from './agent-walk';

const NAME = 'agent retire';
const SLOW = { number: 20, seconds: 25 };

/** The group is retired in git: with requests in flight, and while the machine is switched off. */
export const agentRetire: Scenario = {
  name: NAME,
  agent: true,
  play: (context) =>
    withJoinedMachine(context, NAME, async ({ walk, vm, machine, lookAgain }) => {
      await retiredUnderLoad(context, walk, vm, machine);
      await comesBack(context, walk, vm, machine);
      await missed(context, walk, vm, machine, lookAgain);
    }),
};

async function retiredUnderLoad(
  { lab, report }: Context,
  walk: Walk,
  vm: Vm,
  machine: AgentMachine,
): Promise<void> {
  await walk.apply('pin');
  await walk.apply('deploy');
  await podsReady(lab);
  await vm.serves();
  await report.step(NAME, 'retire with requests in flight', 'none is dropped', async () => {
    const load = await DetachedLoad.start(lab, CLIENT, { ...LOADS.http, seconds: 120 });
    const tcp = await DetachedLoad.start(lab, CLIENT, { ...LOADS.tcp, seconds: 120 });
    const began = Date.now();
    const since = began / 1000;
    const slow = slowRequests(lab, `analytics.${NAMESPACE}`, SLOW.number, SLOW.seconds);
    await sleep(1_500);
    for (const phase of ['shift-100', 'drain', 'retire']) await walk.apply(phase);
    const applied = (Date.now() - began) / 1000;
    const answers = await slow;
    const stopped = await eventually(
      'Istio is stopped',
      60,
      async () => (await istioState(vm)) === 'inactive',
    );
    await sleep(3_000);
    const [http, tcpTotals] = await Promise.all([load.end(), tcp.end()]);
    const byVm = answers.filter((who) => who === vm.name).length;
    const words = `retired ${applied.toFixed(0)} s after ${SLOW.number} requests of ${SLOW.seconds} s began: ${byVm} answered by the machine; http ${told(http)}${failuresTold(http)}; tcp ${told(tcpTotals)}${failuresTold(tcpTotals)}; Istio stopped ${(SLOW.seconds + stopped).toFixed(0)} s after they began`;
    expect(applied < SLOW.seconds - 3, `${words}: too late to prove anything`);
    expect(byVm === SLOW.number, `${words}: ${answers.filter((who) => who !== vm.name).join('; ')}`);
    expect(http.failed + tcpTotals.failed === 0, words);
    const said = await machine.journal(since);
    expect(/is retired: Istio is stopped/.test(said), said);
    return words;
  });
  await report.step(NAME, 'the retired machine', 'says so, and captures nothing', async () => {
    const rules = await vm.exec('sh', '-c', 'iptables-save; iptables-legacy-save');
    expect(!/ISTIO/.test(rules), rules);
    const status = await machine.agent('status').catch((error: Error) => error.message);
    expect(/uninstall|set bearer-token|does not exist/.test(status), status);
    return status.split('\n').find((line) => line.startsWith('standing')) ?? status;
  });
}

/** Going back makes the account anew: the machine needs a new token, and nothing else. */
async function comesBack({ lab, report }: Context, walk: Walk, vm: Vm, machine: AgentMachine): Promise<void> {
  await report.step(NAME, 'the retirement is taken back', 'in traffic after a new token', async () => {
    await walk.apply('drain');
    await sleep(2_000);
    const began = Date.now();
    await machine.giveToken();
    await eventually('it serves', 90, async () => (await vm.healthy()) === true && (await vm.isEndpoint()));
    return `healthy ${((Date.now() - began) / 1000).toFixed(1)} s after it`;
  });
  await lab.kubectl('get', 'workloadgroup', 'analytics-v0', '-n', NAMESPACE);
}

async function missed(
  { lab, report }: Context,
  walk: Walk,
  vm: Vm,
  machine: AgentMachine,
  startedAgain: () => Vm,
): Promise<void> {
  await report.step(NAME, 'retired while the machine is off', 'noticed at its start', async () => {
    const load = await DetachedLoad.start(lab, CLIENT, { ...LOADS.http, seconds: 400 });
    await lab.run('docker', ['stop', '-t', '10', vm.name]);
    await walk.apply('retire');
    await sleep(15_000);
    await lab.run('docker', ['start', vm.name]);
    const began = Date.now();
    const again = startedAgain();
    await eventually('Istio starts with it', 60, async () => (await istioState(again)) === 'active');
    await eventually('Istio is stopped', 240, async () => (await istioState(again)) === 'inactive');
    const took = (Date.now() - began) / 1000;
    const said = await machine.journal();
    expect(/no longer knows this machine's account, and istiod does not accept it/.test(said), said);
    const totals = await load.end();
    const words = `Istio stopped ${took.toFixed(0)} s after the start; ${told(totals)}${failuresTold(totals)}`;
    expect(totals.failed === 0 && (totals.answers[PODS] ?? 0) > 0, words);
    return words;
  });
  await report.step(NAME, 'uninstall', 'cleans up', async () => {
    const said = await machine.agent('uninstall');
    return said.trim().split('\n').at(-1) ?? '';
  });
}

/** What systemd says of Istio's unit; empty while the machine starts. */
async function istioState(vm: Vm): Promise<string> {
  const said = await vm.exec('sh', '-c', 'systemctl is-active istio 2>/dev/null || true').catch(() => '');
  return said.trim();
}
