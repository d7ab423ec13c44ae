import { setTimeout as sleep } from 'node:timers/promises';
import type { MigrationInput } from '../../../config';
import { Load } from '../load';
import { analytics, expect, PODS, type Scenario } from '../scenario';
import { Vm } from '../vm';
import { LOADS, type Walk, withWalk } from '../walk';

/** Fixed weights, there and back. */
export const split: Scenario = {
  name: 'long-term split',
  play: (context) => {
    const declared: MigrationInput = {
      ...analytics(context.lab),
      mode: 'long-term',
      ends: 'split',
      shift: { steps: [20, 40] },
    };
    return withWalk(context, 'long-term split', declared, async (walk, repository) => {
      await joined(walk, new Vm(context.lab, repository, 'vm-split'));
      for (const name of ['pin', 'deploy', 'shift-20', 'split', 'shift-20', 'deploy']) await walk.to(name);
      await walk.endLoads();
    });
  },
};

/** The VM serves while it lives, and pods take over when it is killed. */
export const standby: Scenario = {
  name: 'long-term standby',
  play: (context) => {
    const declared: MigrationInput = { ...analytics(context.lab), mode: 'long-term', ends: 'standby' };
    return withWalk(context, 'long-term standby', declared, async (walk, repository) => {
      const vm = new Vm(context.lab, repository, 'vm-standby');
      await joined(walk, vm);
      for (const name of ['pin', 'deploy', 'arm', 'standby', 'arm', 'standby']) await walk.to(name);
      await walk.endLoads();
      await context.report.step(
        'long-term standby',
        'the VM is killed',
        'pods take over within 3 s',
        async () => {
          const load = new Load(context.lab, { ...LOADS.http, seconds: 60 });
          await load.during(3);
          const killed = load.history.length;
          await vm.kill();
          await sleep(15_000);
          const totals = await load.end();
          const lastFailure = Math.max(killed, ...totals.failures.map(({ second }) => second));
          const after = load.history.filter(({ second }) => second > lastFailure + 1);
          const answered = after.reduce((sum, { answers }) => sum + (answers[PODS] ?? 0), 0);
          const words = `${totals.failed} of ${totals.total} failed, the last ${lastFailure - killed} s after; then ${answered} from pods`;
          expect(lastFailure - killed <= 3 && answered > 300, words);
          return words;
        },
      );
    });
  },
};

async function joined(walk: Walk, vm: Vm): Promise<void> {
  await walk.apply('onboard');
  await vm.start();
  await vm.join();
  walk.vm = vm;
  await vm.serves();
  walk.startLoads(LOADS);
}
