import { setTimeout as sleep } from 'node:timers/promises';
import { Load } from '../load';
import { analytics, expect, type Scenario, told } from '../scenario';
import { Vm } from '../vm';
import { LOADS, withWalk } from '../walk';

const NAME = 'two machines';

/** One of two machines is taken away while requests flow: the other serves on, and none is cut. */
export const twoMachines: Scenario = {
  name: NAME,
  play: (context) =>
    withWalk(context, NAME, analytics(context.lab), async (walk, repository) => {
      const { lab, report } = context;
      await walk.apply('pin');
      walk.vm = new Vm(lab, repository, 'vm-stays');
      const leaving = new Vm(lab, repository, 'vm-leaves');
      try {
        for (const vm of [walk.vm, leaving]) {
          await vm.start();
          await vm.join();
          await vm.serves();
        }
        await report.step(NAME, 'hack/09-delete-vm.sh', 'the other serves on, none failed', async () => {
          const load = new Load(lab, { ...LOADS.http, seconds: 120 });
          const before = await load.during(3);
          expect((before.answers['vm-leaves'] ?? 0) > 0, `before: ${told(before)}`);
          await leaving.script('09-delete-vm');
          await sleep(1000);
          const after = await load.during(3);
          const totals = await load.end();
          expect(totals.failed === 0 && after.answers['vm-stays'] === after.total, told(totals));
          return `${told(totals)}; afterwards ${told(after)}`;
        });
      } finally {
        await leaving.delete();
      }
    }),
};
