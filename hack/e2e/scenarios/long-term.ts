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
          const loads = [LOADS.http, LOADS.tcp].map(
            (options) => new Load(context.lab, { ...options, seconds: 60 }),
          );
          await Promise.all(loads.map((load) => load.during(3)));
          const killed = loads.map(({ history }) => history.length);
          await vm.kill();
          await sleep(15_000);
          const seen = await Promise.all(loads.map((load, index) => takeover(load, killed[index] ?? 0)));
          const words = seen.map((one) => one.words).join('; ');
          expect(
            seen.every(({ last, answered, total }) => last <= 3 && answered > total / 2),
            words,
          );
          return words;
        },
      );
    });
  },
};

/** How pods took over from a machine that was killed in a second of a load. */
async function takeover(load: Load, killed: number) {
  const { total, failed, failures } = await load.end();
  const lastFailure = Math.max(killed, ...failures.map(({ second }) => second));
  const after = load.history.filter(({ second }) => second > lastFailure + 1);
  const answered = after.reduce((sum, { answers }) => sum + (answers[PODS] ?? 0), 0);
  const last = lastFailure - killed;
  return {
    total,
    last,
    answered,
    words: `${failed} of ${total} failed, the last ${last} s after; then ${answered} from pods`,
  };
}

async function joined(walk: Walk, vm: Vm): Promise<void> {
  await walk.apply('onboard');
  await vm.start();
  await vm.join();
  walk.vm = vm;
  await vm.serves();
  walk.startLoads(LOADS);
}
