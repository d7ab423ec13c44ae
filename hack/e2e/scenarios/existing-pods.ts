import { setTimeout as sleep } from 'node:timers/promises';
import { demoApp } from '../../walk/demo';
import { podsReady } from '../migration';
import { analytics, type Scenario } from '../scenario';
import { Vm } from '../vm';
import { LOADS, withWalk } from '../walk';

const NAME = 'existing pods';

/** Pods serve the host already; the VM joins without a share, gets some, and is drained again. */
export const existingPods: Scenario = {
  name: NAME,
  play: (context) => {
    const { kubernetes: _ours, ...declared } = analytics(context.lab);
    const existing = {
      ...declared,
      phase: 'prepare',
      kubernetes: { existing: true },
      shift: { steps: [50, 90, 100] },
    };
    return withWalk(context, NAME, existing, async (walk, repository) => {
      await context.lab.apply(demoApp(context.lab.variable('MESHFERRY_LAB_APP_IMAGE')));
      await podsReady(context.lab);
      walk.startLoads(LOADS);
      await sleep(1000);
      await walk.to('prepare');
      await walk.to('guard');
      // The machine joins while requests flow: it must not get one.
      await walk.apply('onboard');
      const vm = new Vm(context.lab, repository, 'vm-existing-pods');
      walk.vm = vm;
      await vm.start();
      await vm.join();
      for (const name of [
        'onboard',
        'shift-50',
        'shift-90',
        'shift-100',
        'drain',
        'retire',
        'release',
        'done',
      ]) {
        await walk.to(name);
      }
      await walk.endLoads();
    });
  },
};
