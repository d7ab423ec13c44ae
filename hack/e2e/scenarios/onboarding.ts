import { setTimeout as sleep } from 'node:timers/promises';
import { CONTROL_PLANE, defineControlPlanes, forgetControlPlanes } from '../definitions';
import { eventually } from '../lab';
import { Load } from '../load';
import { NAMESPACE } from '../migration';
import { analytics, type Context, expect, type Scenario, told } from '../scenario';
import { Vm } from '../vm';
import { LOADS, withWalk } from '../walk';

const NAME = 'onboarding';

/** The scripts in a person's order, the machine's service leaving and coming back, and the machine's end. */
export const onboarding: Scenario = {
  name: NAME,
  play: (context) =>
    withWalk(context, NAME, analytics(context.lab), async (walk, repository) => {
      const { lab, report } = context;
      const vm = new Vm(lab, repository, 'vm-onboarding');
      walk.vm = vm;
      const script = (name: string, expected: string, ...options: string[]) =>
        report.step(NAME, `hack/${name}.sh`, expected, async () => {
          const printed = await vm.script(name, ...options);
          const last = lastDone(printed);
          expect(last.includes(expected), printed);
          return last;
        });
      await script('01-onboard', 'the group analytics-v0 in smm-demo waits');
      await script('02-start-vm', 'systemd runs');
      await script('03-install-service', 'answers on port 8080', '--exec', '/usr/local/bin/serve');
      await script('04-find-network', 'the machine is on the network of the pods');
      await controlPlane(context, vm);
      await script('05-collect', 'a token of smm-demo/default');
      await script('06-join-by-hand', 'healthy');
      await script('07-check', 'reached');
      await script('06-join-by-hand', 'healthy'); // again: nothing is in the way
      await script('07-check', 'reached');
      await report.step(NAME, 'hack/08-load.sh', 'all from the VM, none failed', async () => {
        const printed = await vm.script('08-load', '--seconds', '5');
        expect(/failed 0\n {2}vm-onboarding: \d+ \(100 %\)/.test(printed), printed);
        return printed.split('\n').find((line) => line.includes('vm-onboarding')) ?? '';
      });
      await leaveAndReturn(context, vm);
      await restartIstiod(context, vm);
      await script('09-delete-vm', 'gone from the mesh');
      await report.step(NAME, 'after that', 'no entry is left', async () => {
        expect((await vm.entry()) === undefined, 'the entry is still there');
        return 'no entry';
      });
    }),
};

/** The last thing that a script says it did. */
function lastDone(printed: string): string {
  return printed.split('\n').findLast((line) => line.startsWith('✓')) ?? '';
}

/** Where a control plane is declared by IstioControlPlane objects, the network is read from them. */
async function controlPlane({ lab, report }: Context, vm: Vm): Promise<void> {
  const networkIs = (networkName: string) =>
    lab.apply([
      {
        ...CONTROL_PLANE,
        metadata: { name: 'cp-v115x', namespace: 'istio-system' },
        spec: { mode: 'ACTIVE', networkName, version: '1.15.3' },
      },
    ]);
  try {
    await defineControlPlanes(lab);
    await networkIs('network1');
    await report.step(NAME, 'IstioControlPlane objects', 'the network is read from them', async () => {
      const printed = await vm.script('04-find-network');
      expect(printed.includes('network1 (from the IstioControlPlane objects)'), printed);
      return printed.split('\n')[0] ?? '';
    });
    await networkIs('network2');
    await report.step(NAME, 'a network that differs', 'refused, with what to change', async () => {
      const printed = await vm.refused('04-find-network');
      expect(printed.includes('network: network2 in migrations/mesh.yaml'), printed);
      return printed.split('\n')[0] ?? '';
    });
    await report.step(NAME, 'a network of its own', 'taken when it is on purpose', async () => {
      const printed = await vm.script('04-find-network', '--other-network', 'yes');
      expect(printed.includes('meet at the expansion gateway'), printed);
      return lastDone(printed);
    });
  } finally {
    await forgetControlPlanes(lab);
  }
}

/** The service on the machine stops: the machine gets no more requests; it starts: the machine is back. */
async function leaveAndReturn({ lab, report }: Context, vm: Vm): Promise<void> {
  await report.step(NAME, 'stop the service', 'the VM leaves', async () => {
    await vm.exec('systemctl', 'stop', 'analytics');
    return `${(await eventually('it leaves', 60, async () => !(await vm.healthy()))).toFixed(1)} s until it is unhealthy`;
  });
  await report.step(NAME, 'start the service', 'the VM returns', async () => {
    await vm.exec('systemctl', 'start', 'analytics');
    const seconds = await vm.serves();
    const load = new Load(lab, { ...LOADS.http, seconds: 30 });
    await sleep(500);
    const seen = await load.during(3);
    await load.end();
    expect(seen.failed === 0 && seen.answers[vm.name] === seen.total, told(seen));
    return `${seconds.toFixed(1)} s until it is an endpoint; ${told(seen)}`;
  });
}

/** A new istiod: nothing that is under way notices. */
async function restartIstiod({ lab, report }: Context, vm: Vm): Promise<void> {
  await report.step(NAME, 'restart istiod', 'no request fails, the VM stays', async () => {
    const load = new Load(lab, { ...LOADS.http, seconds: 120 });
    await lab.kubectl('rollout', 'restart', 'deployment/istiod', '-n', 'istio-system');
    await lab.kubectl('rollout', 'status', 'deployment/istiod', '-n', 'istio-system', '--timeout=90s');
    await sleep(12_000); // longer than istiod waits before it removes a machine that does not connect again
    const totals = await load.end();
    expect((await vm.healthy()) === true, `the VM is gone; ${told(totals)}`);
    expect(totals.failed === 0, `${told(totals)}: ${totals.failures[0]?.reason}`);
    return `${told(totals)}; namespace ${NAMESPACE}: the entry is healthy`;
  });
}
