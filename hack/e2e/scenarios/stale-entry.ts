import { setTimeout as sleep } from 'node:timers/promises';
import { Load } from '../load';
import { NAMESPACE } from '../migration';
import { analytics, expect, type Scenario, told } from '../scenario';
import { Vm } from '../vm';
import { LOADS, withWalk } from '../walk';

const NAME = 'stale entry';
/** An address of the machines' network that nobody has. */
const NOBODY = '10.90.0.250';

/** A machine died and left its registration behind, beside one that lives: it costs no request after the first second. */
export const staleEntry: Scenario = {
  name: NAME,
  play: (context) =>
    withWalk(context, NAME, analytics(context.lab), async (walk, repository) => {
      const { lab, report } = context;
      await walk.apply('onboard');
      const vm = new Vm(lab, repository, 'vm-stale-entry');
      await vm.start();
      await vm.join();
      walk.vm = vm;
      await vm.serves();
      await walk.apply('pin');
      await report.step(
        NAME,
        'an entry without a machine',
        'no request fails after the first second',
        async () => {
          const loads = [LOADS.http, LOADS.tcp].map((load) => new Load(lab, { ...load, seconds: 90 }));
          await Promise.all(loads.map((load) => load.during(2)));
          await lab.apply([
            {
              apiVersion: 'networking.istio.io/v1',
              kind: 'WorkloadEntry',
              metadata: { name: 'analytics-v0-stale', namespace: NAMESPACE },
              spec: {
                address: NOBODY,
                labels: { app: 'analytics', version: 'v0' },
                network: 'network1',
                ports: { http: 8080, grpc: 8082, tcp: 8083 },
                serviceAccount: 'default',
              },
            },
          ]);
          await sleep(20_000);
          const all = await Promise.all(loads.map((load) => load.end()));
          const span = all.map(({ failures }) => {
            const times = failures.map(({ at }) => at);
            return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
          });
          const words = all
            .map((totals, index) => `${told(totals)}, within ${span[index]?.toFixed(1)} s`)
            .join('; ');
          expect(all.every(({ total }) => total > 500) && Math.max(...span) <= 1, words);
          return words;
        },
      );
    }),
};
