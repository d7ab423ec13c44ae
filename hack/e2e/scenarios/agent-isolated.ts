import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../lab/run';
import { eventually, type Lab } from '../lab';
import { NAMESPACE } from '../migration';
import { analytics, type Context, expect, PODS, type Scenario, told } from '../scenario';
import { Vm } from '../vm';
import { LOADS, withWalk } from '../walk';
import { at, CLIENT, DetachedLoad, failuresTold, onMachine, under } from './agent-load';
import { AgentMachine } from './agent-machine';

const NAME = 'agent isolated';
const GATEWAY = 'istio-eastwestgateway';
const MESH = 'istio-system';
const OTHER_ADDRESS = '10.87.1.77';
/** A Service with a pod, for the machine to call; `e2e` has it removed at the end. */
const ECHO = 'echo';

/** A machine in a network from which no pod can be reached: both ways lead through the gateway, whose address changes. */
export const agentIsolated: Scenario = {
  name: NAME,
  agent: true,
  play: (context) => {
    const declared = analytics(context.lab);
    const migration = { ...declared, vm: { ...declared.vm, network: 'vm-network' } };
    return withWalk(context, NAME, migration, async (walk, repository) => {
      const { lab, report } = context;
      await walk.apply('onboard');
      await lab.apply(echo(lab));
      await lab.kubectl('rollout', 'status', `deployment/${ECHO}`, '-n', NAMESPACE, '--timeout=90s');
      const vm = new Vm(lab, repository, 'vm-agent-isolated');
      walk.vm = vm;
      await vm.script('02-start-vm', '--network', 'isolated');
      await vm.script('03-install-service', '--exec', '/usr/local/bin/serve');
      const machine = new AgentMachine(lab, vm);
      await machine.install();
      const address = await gatewayAddress(lab);
      try {
        await joins(context, vm, machine, address);
        await report.step(NAME, "the gateway's address changes", 'the machine follows, nothing fails', () =>
          follows(lab, vm, address),
        );
      } finally {
        await moveGateway(lab, address);
      }
    });
  },
};

async function joins(
  { lab, report }: Context,
  vm: Vm,
  machine: AgentMachine,
  gateway: string,
): Promise<void> {
  await report.step(NAME, 'a pod is called by its address', 'out of reach', async () => {
    const pods = await lab.kubectl(
      'get',
      'pods',
      '-l',
      `app=${ECHO}`,
      '-n',
      NAMESPACE,
      '-o',
      'jsonpath={.items[0].status.podIP}',
    );
    const said = await at(
      lab,
      onMachine(vm),
      `curl -s -m 3 http://${pods}:8080/ || echo "nothing after 3 s"`,
    );
    expect(said.includes('nothing after 3 s'), said);
    return `${pods}: nothing after 3 s`;
  });
  await report.step(NAME, 'reconcile', 'registered and healthy', async () => {
    const began = Date.now();
    const said = await machine.agent('reconcile');
    expect(said.includes(`at ${gateway}`) && (await vm.healthy()) === true, said);
    return `${((Date.now() - began) / 1000).toFixed(1)} s, istiod at ${gateway}`;
  });
  await report.step(NAME, 'pods call it, it calls pods', 'none fails, by the gateway', async () => {
    await eventually('it is an endpoint', 30, () => vm.isEndpoint());
    await eventually('it knows the way to pods', 30, async () => (await waysToEcho(lab, vm)).length > 0);
    const loads = await bothWays(lab, vm);
    await under(loads, () => sleep(15_000));
    const [called, calls] = await Promise.all([loads[0].end(), loads[1].end()]);
    const ways = await waysToEcho(lab, vm);
    const words = `called: ${told(called)}; calls: ${told(calls)}, by ${ways.join(', ')}`;
    expect(
      called.failed === 0 && calls.failed === 0,
      `${words}${failuresTold(called)}${failuresTold(calls)}`,
    );
    expect((calls.answers[PODS] ?? 0) > 0 && ways.join() === `${gateway}:15443`, words);
    return words;
  });
}

async function follows(lab: Lab, vm: Vm, before: string): Promise<string> {
  const loads = await bothWays(lab, vm);
  const { hosts, way, old, peer } = await under(loads, async () => {
    await sleep(3_000);
    await moveGateway(lab, OTHER_ADDRESS);
    const hosts = await eventually('the hosts file says so', 30, async () =>
      (await vm.exec('cat', '/etc/hosts')).includes(`${OTHER_ADDRESS} istiod.istio-system.svc`),
    );
    const way = await eventually(
      'it calls pods by it',
      60,
      async () => (await waysToEcho(lab, vm)).join() === `${OTHER_ADDRESS}:15443`,
    );
    await sleep(15_000);
    await eventually('it serves', 60, async () => (await vm.healthy()) === true && (await vm.isEndpoint()));
    // as the one user whose connections Istio leaves alone
    const old = await at(
      lab,
      onMachine(vm),
      `sudo -u istio-proxy curl -sk -m 3 https://${before}:15012/ || echo "ended with $?"`,
    );
    const peer = await vm.exec('ss', '-H', '-t', '-n', 'state', 'established', 'dport', '=', ':15012');
    return { hosts, way, old, peer };
  });
  const [called, calls] = await Promise.all([loads[0].end(), loads[1].end()]);
  const words = `hosts after ${hosts.toFixed(1)} s, its way to pods after ${(hosts + way).toFixed(1)} s; called: ${told(called)}${failuresTold(called)}; calls: ${told(calls)}${failuresTold(calls)}`;
  expect(/ended with (7|28)/.test(old), `the old address still answers: ${old}; ${words}`);
  expect(peer.includes(`${OTHER_ADDRESS}:15012`) && !peer.includes(`${before}:15012`), `${peer}; ${words}`);
  expect(called.failed === 0 && calls.failed === 0, words);
  return words;
}

async function bothWays(lab: Lab, vm: Vm): Promise<[DetachedLoad, DetachedLoad]> {
  const seconds = 120;
  return [
    await DetachedLoad.start(lab, CLIENT, { ...LOADS.http, seconds }),
    await DetachedLoad.start(lab, onMachine(vm), {
      url: `http://${ECHO}.${NAMESPACE}:8080/`,
      rate: 40,
      seconds,
    }),
  ];
}

/** Where the machine's Envoy sends what goes to the pods of the echo Service. */
async function waysToEcho(lab: Lab, vm: Vm): Promise<string[]> {
  const text = await at(lab, onMachine(vm), 'curl -s -m 5 http://127.0.0.1:15000/clusters');
  const lines = text.matchAll(
    new RegExp(`^outbound\\|8080\\|\\|${ECHO}\\.[^:]*::([\\d.]+:\\d+)::cx_active`, 'gm'),
  );
  return [...new Set([...lines].map(([, way]) => way ?? ''))];
}

async function gatewayAddress(lab: Lab): Promise<string> {
  return lab.kubectl(
    'get',
    'service',
    GATEWAY,
    '-n',
    MESH,
    '-o',
    'jsonpath={.status.loadBalancer.ingress[0].ip}',
  );
}

/** Gives the gateway another address, as a load balancer that was made anew has: nobody serves the one before. */
async function moveGateway(lab: Lab, address: string): Promise<void> {
  const [program, ...args] = lab.inside(['ip', 'address', 'replace', `${address}/32`, 'dev', 'lab0']);
  await run(program as string, args);
  const patch = (change: object, ...more: string[]) =>
    lab.kubectl(
      'patch',
      'service',
      GATEWAY,
      '-n',
      MESH,
      '--type',
      'merge',
      '-p',
      JSON.stringify(change),
      ...more,
    );
  await patch({ spec: { loadBalancerIP: address } });
  await patch({ status: { loadBalancer: { ingress: [{ ip: address }] } } }, '--subresource', 'status');
}

function echo(lab: Lab): object[] {
  const metadata = { name: ECHO, namespace: NAMESPACE, labels: { e2e: 'yes' } };
  const labels = { app: ECHO };
  const container = {
    name: 'serve',
    image: lab.variable('MESHFERRY_LAB_APP_IMAGE'),
    imagePullPolicy: 'Never',
    env: [{ name: 'NAME', value: PODS }],
  };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ name: 'http', port: 8080 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
  ];
}
