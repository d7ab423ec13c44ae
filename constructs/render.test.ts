import { defineMesh } from '../config';
import type { Migration } from '../config/resolve';
import type { MigrationInput } from '../config/schema/schema';
import { plan } from '../plan/plan';
import { ANALYTICS, MESH, migration, phase, RICH, RICH_MESH } from './fixture';
import { type Manifest, renderMesh, renderPhase } from './render';

const kinds = (manifests: readonly Manifest[]) => manifests.map((object) => object.kind);
const render = (input: MigrationInput, name: string) => {
  const resolved = migration(input);
  return renderPhase(resolved, MESH, phase(name, resolved));
};

const ACCESS = ['ServiceAccount', 'Role', 'RoleBinding', 'Role', 'RoleBinding'];
const VM = ['WorkloadGroup', 'PeerAuthentication', ...ACCESS];

test('a temporary migration: each phase holds what the plan says, in its layers', () => {
  const analytics = migration(ANALYTICS);
  const table = plan(analytics).map((each) => {
    const { vm, workload, routing } = renderPhase(analytics, MESH, each);
    return [each.name, kinds(vm), kinds(workload), kinds(routing)];
  });
  const both = ['DestinationRule', 'VirtualService'];
  const pods = ['Service', 'Deployment'];
  expect(table).toStrictEqual([
    ['onboard', VM, ['Service'], ['DestinationRule']],
    ['pin', VM, ['Service'], both],
    ['deploy', VM, pods, both],
    ...[10, 25, 50, 75, 100].map((step) => [`shift-${step}`, VM, pods, both]),
    ['drain', VM, pods, both],
    ['retire', ['ConfigMap'], pods, both],
    ['release', ['ConfigMap'], pods, ['DestinationRule']],
    ['done', ['ConfigMap'], pods, ['ConfigMap']],
  ]);
});

test('rules, aliases and gateways keep their VirtualService where nothing is split', () => {
  const once: Partial<MigrationInput>[] = [
    { rules: [{ timeout: '5s' }] },
    { aliases: ['analytics.corp.example'] },
    { gateways: [{ name: 'edge', hosts: ['analytics.example.com'] }] },
  ];
  for (const kept of once) {
    for (const name of ['onboard', 'release', 'done']) {
      const routes = render({ ...ANALYTICS, ...kept }, name).routing.at(-1);
      expect(routes?.kind).toBe('VirtualService');
      expect(JSON.stringify(routes)).not.toMatch(/subset|weight/);
    }
  }
});

test('callers keep an alias through the last phase', () => {
  expect(kinds(render({ ...ANALYTICS, aliases: ['analytics.corp.example'] }, 'done').workload)).toStrictEqual(
    ['Service', 'ServiceEntry', 'Deployment'],
  );
});

test('pods that exist already: their Deployment and Service are left alone', () => {
  const existing = { ...ANALYTICS, kubernetes: { existing: true } };
  const { vm, workload, routing } = render(existing, 'prepare');
  expect([kinds(vm), kinds(workload), kinds(routing)]).toStrictEqual([
    ['ConfigMap'],
    ['ConfigMap'],
    ['DestinationRule'],
  ]);
});

test('standby: no VirtualService, the VM preferred', () => {
  const { routing } = render({ ...ANALYTICS, mode: 'long-term', ends: 'standby' }, 'standby');
  expect(kinds(routing)).toStrictEqual(['DestinationRule']);
  expect(JSON.stringify(routing)).toContain('"failoverPriority":["version=v0"]');
});

test('a VM that stays alone has one side to name', () => {
  const { kubernetes: _none, ...alone } = ANALYTICS;
  const { routing } = render({ ...alone, mode: 'long-term', ends: 'onboard' }, 'onboard');
  expect(routing[0]?.spec).toMatchObject({ subsets: [{ name: 'v0' }] });
});

test("the VM's network is its own where declared, else that of the mesh", () => {
  const network = (input: MigrationInput) => {
    const [group] = render(input, 'onboard').vm;
    return group && (group.spec as { template: { network: string } }).template.network;
  };
  expect(network(ANALYTICS)).toBe('network1');
  expect(network({ ...ANALYTICS, vm: { network: 'vm-network' } })).toBe('vm-network');
});

test('an emptied layer is a marker that never changes, whatever the phase', () => {
  const { vm } = render(ANALYTICS, 'retire');
  expect(vm).toStrictEqual([
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'analytics-vm-layer',
        namespace: 'smm-demo',
        labels: { 'app.kubernetes.io/managed-by': 'meshferry', 'app.kubernetes.io/part-of': 'analytics' },
        annotations: {
          'kubernetes.io/description':
            'Keeps the path of an empty layer in git, so that a sync prunes what the layer held before.',
        },
      },
    },
  ]);
  expect(render(ANALYTICS, 'done').vm).toStrictEqual(vm);
});

test('every object but the WorkloadGroup and the PeerAuthentication says whose it is', () => {
  for (const [input, onto] of [
    [ANALYTICS, MESH],
    [RICH, RICH_MESH],
  ] as const) {
    const resolved = migration(input);
    for (const each of plan(resolved)) {
      const layers = renderPhase(resolved, onto, each);
      for (const object of [...layers.vm, ...layers.workload, ...layers.routing]) {
        if (['WorkloadGroup', 'PeerAuthentication'].includes(object.kind)) continue;
        expect(object.metadata.labels).toMatchObject({
          'app.kubernetes.io/managed-by': 'meshferry',
          'app.kubernetes.io/part-of': resolved.name,
        });
      }
    }
  }
});

test('phases share the layers that they do not change', () => {
  const analytics = migration(ANALYTICS);
  const [pin, deploy] = ['pin', 'deploy'].map((name) => renderPhase(analytics, MESH, phase(name, analytics)));
  expect(deploy?.routing).toBe(pin?.routing);
  expect(deploy?.vm).toBe(pin?.vm);
  expect(deploy?.workload).not.toBe(pin?.workload);
});

test('the same migration on another mesh is rendered anew', () => {
  const analytics: Migration = migration(ANALYTICS);
  const onboard = phase('onboard', analytics);
  expect(renderPhase(analytics, MESH, onboard).vm[0]?.apiVersion).toBe('networking.istio.io/v1alpha3');
  expect(renderPhase(analytics, defineMesh({ istio: '1.30' }), onboard).vm[0]?.apiVersion).toBe(
    'networking.istio.io/v1',
  );
});

test('a mesh whose gateway is its own has nothing to render', () => {
  expect(renderMesh(MESH)).toStrictEqual([]);
});
