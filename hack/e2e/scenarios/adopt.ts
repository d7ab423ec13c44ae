import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { demoApp } from '../../walk/demo';
import { untilWeights } from '../gitops/observe';
import { NAMESPACE, podsReady, type Rendered } from '../migration';
import { analytics, expect, type Scenario } from '../scenario';
import { Vm } from '../vm';
import { LOADS, withWalk } from '../walk';

const NAME = 'adopt';
const PROGRAM = resolve(__dirname, '../../../bin/meshferry.js');

/** A host that somebody routes by kubectl becomes a migration under load, moves on, and goes back to kubectl. */
export const adoptHost: Scenario = {
  name: NAME,
  play: (context) => {
    const { lab, report } = context;
    const { kubernetes: _ours, ...declared } = analytics(lab);
    const existing = {
      ...declared,
      phase: 'onboard',
      kubernetes: { existing: true },
      shift: { steps: [50, 75, 90, 100] },
    };
    return withWalk(context, NAME, existing, async (walk, repository) => {
      await lab.apply([...demoApp(lab.variable('MESHFERRY_LAB_APP_IMAGE')), ...byHand(0)]);
      await podsReady(lab);
      const vm = new Vm(lab, repository, 'vm-adopt');
      walk.vm = vm;
      await vm.start();
      await vm.join();
      await vm.serves();
      await lab.apply(byHand(50));
      await untilWeights(lab, { vm: 50, kubernetes: 50 });
      walk.startLoads(LOADS);
      await sleep(2000);
      await report.step(
        NAME,
        'meshferry adopt',
        'the migration at 50 %, and nothing that it cannot say',
        async () => {
          const json = await lab.run(
            process.execPath,
            [PROGRAM, 'adopt', 'analytics', '-n', NAMESPACE, '--json'],
            {
              cwd: repository.folder,
            },
          );
          const { migration, lost, steps } = JSON.parse(json);
          expect(migration.phase === 'shift-50' && lost.length === 0, JSON.stringify({ migration, lost }));
          // By way of the file, as a person does.
          const yaml = await lab.run(process.execPath, [PROGRAM, 'adopt', 'analytics', '-n', NAMESPACE], {
            cwd: repository.folder,
          });
          repository.declare(parse(yaml));
          return `${yaml.trimEnd().split('\n').length} lines of YAML, ${steps.length} steps to do`;
        },
      );
      for (const phase of ['shift-50', 'shift-75', 'shift-50']) await walk.to(phase);
      await report.step(NAME, 'back to kubectl', 'the old files hold again', async () => {
        const hand = byHand(50);
        await lab.apply(hand);
        const own = new Set(hand.map(({ kind }) => kind));
        for (const { kind, metadata } of repository.objects())
          if (!own.has(kind))
            await lab.kubectl('delete', kind, metadata.name, '-n', metadata.namespace ?? NAMESPACE);
        await untilWeights(lab, { vm: 50, kubernetes: 50 });
        await sleep(5000);
        const { metadata } = JSON.parse(
          await lab.kubectl('get', 'virtualservice', 'analytics', '-n', NAMESPACE, '-o', 'json'),
        );
        expect(metadata.labels === undefined, `labels ${JSON.stringify(metadata.labels)}`);
        return 'the routes are as they were';
      });
      await walk.endLoads();
    });
  },
};

/** What somebody wrote by hand: the group, a policy of its own, a rule, and a share of the VM in percent. */
function byHand(vm: number): Rendered[] {
  const metadata = { name: 'analytics', namespace: NAMESPACE };
  const apiVersion = 'networking.istio.io/v1';
  const to = (number: number) =>
    [
      { destination: { host: 'analytics', subset: 'v0', port: { number } }, weight: vm },
      { destination: { host: 'analytics', subset: 'v1', port: { number } }, weight: 100 - vm },
    ].filter(({ weight }) => weight > 0);
  return [
    {
      apiVersion,
      kind: 'WorkloadGroup',
      metadata: { ...metadata, name: 'analytics-v0' },
      spec: {
        metadata: { labels: { app: 'analytics', version: 'v0' } },
        template: {
          network: 'network1',
          ports: { http: 8080, grpc: 8082, tcp: 8083 },
          serviceAccount: 'default',
        },
        probe: { httpGet: { path: '/', port: 8080, host: '127.0.0.1' }, periodSeconds: 1 },
      },
    },
    {
      apiVersion,
      kind: 'DestinationRule',
      metadata,
      spec: {
        host: 'analytics',
        trafficPolicy: {
          connectionPool: { tcp: { connectTimeout: '5s' } },
          loadBalancer: { simple: 'ROUND_ROBIN' },
        },
        subsets: ['v0', 'v1'].map((name) => ({ name, labels: { version: name } })),
      },
    },
    {
      apiVersion,
      kind: 'VirtualService',
      metadata,
      spec: {
        hosts: ['analytics'],
        http: [
          { match: [{ uri: { exact: '/old' }, port: 8080 }], redirect: { uri: '/' } },
          { match: [{ port: 8080 }], timeout: '10s', route: to(8080) },
          { match: [{ port: 8082 }], route: to(8082) },
        ],
        tcp: [{ match: [{ port: 8083 }], route: to(8083) }],
      },
    },
  ];
}
