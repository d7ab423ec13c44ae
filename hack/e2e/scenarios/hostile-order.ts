import { setTimeout as sleep } from 'node:timers/promises';
import { syncOne } from '../migration';
import { analytics, type Scenario } from '../scenario';
import { seeded, shuffle } from '../shuffle';
import { Vm } from '../vm';
import { LOADS, type Sync, withWalk } from '../walk';

const NAME = 'hostile order';

/** Every phase there and back, its objects one by one in an order chosen at random, with pauses between them. */
export const hostileOrder: Scenario = {
  name: NAME,
  play: (context) =>
    withWalk(context, NAME, analytics(context.lab), async (walk, repository) => {
      const random = seeded(context.seed);
      process.stdout.write(`  ${NAME}: seed ${context.seed}\n`);
      const oneByOne: Sync = async (list) => {
        const order = shuffle(list, random);
        process.stdout.write(
          `  ${order.map(({ object, remove }) => `${remove ? '-' : '+'}${object.kind}`).join(' ')}\n`,
        );
        for (const change of order) {
          await syncOne(context.lab, change);
          await sleep(200 + random() * 1000);
        }
      };
      const vm = new Vm(context.lab, repository, 'vm-hostile-order');
      await walk.apply('onboard');
      await vm.start();
      await vm.join();
      walk.vm = vm;
      await vm.serves();
      walk.startLoads(LOADS);
      const names = walk.phases.map(({ name }) => name);
      for (const name of names.slice(1)) await walk.to(name, oneByOne);
      for (const name of names.slice(0, -1).reverse()) await walk.to(name, oneByOne);
      await walk.endLoads();
    }),
};
