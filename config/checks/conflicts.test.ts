import { told, VALID } from '../../test/workspace';

/** Two migrations that share nothing but what `more` gives them. */
function two(first: string, second: string): string[] {
  return told({ 'migrations/a.yaml': VALID + first, 'migrations/b.yaml': VALID + second });
}
const ONE_ROUTE = 'a host is routed by one migration of an environment';

test('migrations that share nothing get along', () => {
  expect(two('', '')).toEqual([]);
});

test('one host', () => {
  expect(two('service: {name: orders}\n', 'service: {name: orders}\n')).toEqual([
    `✖ host orders.smm-demo.svc.cluster.local is in migrations/a.yaml too: ${ONE_ROUTE} → at service.name (migrations/b.yaml:7)`,
  ]);
});

test('one alias, also where it is the host of a gateway', () => {
  expect(
    two('aliases: [orders.example]\n', 'gateways:\n  - {name: gw, hosts: [x.example, orders.example]}\n'),
  ).toEqual([
    `✖ host orders.example is in migrations/a.yaml too: ${ONE_ROUTE} → at gateways[0].hosts[1] (migrations/b.yaml:8)`,
  ]);
});

test('an alias and a gateway of one migration may share a host', () => {
  expect(two('aliases: [x.example]\ngateways:\n  - {name: gw, hosts: [x.example]}\n', '')).toEqual([]);
});

test('one name', () => {
  expect(two('name: orders\napp: a\n', 'name: orders\napp: b\n')).toEqual([
    '✖ migration orders is in migrations/a.yaml too: both would render to the same folder; rename one → at name (migrations/b.yaml:7)',
  ]);
});

test('one app, told once, though host, group and Deployment follow from it', () => {
  expect(two('app: orders\n', 'app: orders\n')).toEqual([
    '✖ app orders of namespace smm-demo is in migrations/a.yaml too: the Service of each would select the pods and VMs of both; give each its own app → at app (migrations/b.yaml:7)',
  ]);
});

test('one WorkloadGroup', () => {
  expect(two('vm: {group: orders}\n', 'vm: {group: orders}\n')).toEqual([
    '✖ WorkloadGroup orders of namespace smm-demo is in migrations/a.yaml too: each needs its own; declare vm.group → at vm.group (migrations/b.yaml:7)',
  ]);
});

test('one Deployment', () => {
  expect(two('  name: orders\n', '  name: orders\n')).toEqual([
    '✖ Deployment orders of namespace smm-demo is in migrations/a.yaml too: each needs its own; declare kubernetes.name → at kubernetes.name (migrations/b.yaml:7)',
  ]);
});

test('environments and namespaces keep migrations apart', () => {
  expect(
    told({
      'migrations/prod/a.yaml': VALID,
      'migrations/test/a.yaml': VALID,
      'migrations/test/b.yaml': `app: a\n${VALID.replace('smm-demo', 'other')}`,
    }),
  ).toEqual([]);
});

test('a migration and an environment of one name', () => {
  expect(told({ 'migrations/prod.yaml': VALID, 'migrations/prod/eu/a.yaml': VALID })).toEqual([
    '✖ "prod" is also the name of an environment\'s folder, and both would render to dist/prod: rename one → at name (migrations/prod.yaml:1)',
  ]);
});

test('a clash is told beside other faults, unless it follows from one', () => {
  expect(two('app: orders\nvmm: 1\n', 'app: orders\n').map((line) => line.replace(/.*→ at /, ''))).toEqual([
    'vmm (migrations/a.yaml:8)',
    'app (migrations/b.yaml:7)',
  ]);
  expect(
    told({ 'migrations/a.yaml': 'phase: onboard\n', 'migrations/b.yaml': 'phase: onboard\n' }),
  ).not.toContainEqual(expect.stringContaining('too:'));
});
