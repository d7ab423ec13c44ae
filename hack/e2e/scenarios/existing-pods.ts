import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab';
import { NAMESPACE, podsReady } from '../migration';
import { analytics, PODS, type Scenario } from '../scenario';
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
      await deployByHand(context.lab);
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

/** What a cluster may have had for long: a Deployment and a Service that know nothing of us. */
async function deployByHand(lab: Lab): Promise<void> {
  const labels = { app: 'analytics', version: 'v1' };
  const metadata = { namespace: NAMESPACE, labels: { e2e: 'yes' } };
  await lab.apply([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, name: 'analytics' },
      spec: {
        selector: { app: 'analytics' },
        ports: Object.entries({ http: 8080, grpc: 8082, tcp: 8083 }).map(([name, port]) => ({ name, port })),
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata, name: 'analytics-v1' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'analytics',
                image: lab.variable('MESHFERRY_LAB_APP_IMAGE'),
                imagePullPolicy: 'Never',
                env: [{ name: 'NAME', value: PODS }],
                readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
              },
            ],
          },
        },
      },
    },
  ]);
  await podsReady(lab);
}
