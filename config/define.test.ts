import fc from 'fast-check';
import { meshInput, migrationInput } from '../test/arbitraries';
import { defineMesh, defineMigration } from './define';
import { ConfigError } from './error';
import type { MigrationInput } from './schema/schema';

const INPUT: MigrationInput = {
  namespace: 'smm-demo',
  phase: 'onboard',
  ports: { http: 8080 },
  kubernetes: { image: 'ghcr.io/example/analytics:1.0.0' },
};

test('a migration in TypeScript is the one that its file would give', () => {
  expect(defineMigration(INPUT, 'analytics')).toMatchObject({
    name: 'analytics',
    app: 'analytics',
    ends: 'done',
  });
});

test('its own name comes before the one given', () => {
  expect(defineMigration({ ...INPUT, name: 'orders' }, 'analytics').name).toBe('orders');
});

test('it needs a name', () => {
  expect(() => defineMigration(INPUT)).toThrow(
    new ConfigError([
      { message: '"name" is missing: name of the migration, and of its folder in dist/', path: 'name' },
    ]),
  );
});

test('all problems come at once, without a place in a file', () => {
  const wrong = { ...INPUT, ports: { http: 0 }, vm: { version: 'v1' } };
  expect(() => defineMigration(wrong, 'analytics')).toThrow(
    '✖ 0 must be a port number from 1 to 65535 → at ports.http\n' +
      '✖ both sides have version "v1": give each its own, since traffic is told apart by it → at kubernetes.version',
  );
});

test('input that is no mapping', () => {
  expect(() => defineMigration(null as never, 'analytics')).toThrow(
    '✖ has no value: fill it in, or leave the key out',
  );
});

test('the input is left as it was', () => {
  const wrong = { ...INPUT, ports: { http: 0 }, extra: { kept: true } };
  const before = structuredClone(wrong);
  expect(() => defineMigration(wrong, 'analytics')).toThrow(ConfigError);
  expect(wrong).toEqual(before);
});

test('a mesh takes its defaults', () => {
  expect(defineMesh({ istio: '1.15' })).toEqual({
    istio: '1.15',
    network: 'network1',
    trustDomain: 'cluster.local',
    clusterDomain: 'cluster.local',
    namespace: 'istio-system',
    expansionGateway: { service: 'istio-eastwestgateway', render: false },
    routing: 'istio',
  });
});

test('a mesh has its problems told', () => {
  expect(() => defineMesh({ istio: '1.15', namespace: 'A' })).toThrow(/^✖ "A" must be .* → at namespace$/);
});

test('any valid declaration resolves, without a value that is missing', () => {
  fc.assert(
    fc.property(migrationInput(), (input) => {
      const migration = defineMigration(input);
      expect(migration.name).toBe(input.name);
      expect(migration.ports.map(({ name, service }) => [name, service])).toEqual(
        Object.entries(input.ports),
      );
      expect(JSON.parse(JSON.stringify(migration))).toEqual(migration);
      for (const { port } of migration.gateways) {
        expect(migration.ports.find(({ name }) => name === port)?.routing).toBe('http');
      }
    }),
  );
});

test('any valid mesh resolves', () => {
  fc.assert(fc.property(meshInput(), (input) => expect(defineMesh(input)).toMatchObject(input)));
});

test('whatever it is given, it resolves or tells problems', () => {
  const fields = fc.dictionary(
    fc.constantFrom(
      'namespace',
      'phase',
      'ports',
      'vm',
      'kubernetes',
      'shift',
      'rules',
      'gateways',
      'aliases',
      'x',
    ),
    fc.anything({ maxDepth: 3 }),
  );
  fc.assert(
    fc.property(fields, (input) => {
      try {
        defineMigration({ ...INPUT, ...input } as never, 'analytics');
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect((error as ConfigError).issues.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 500 },
  );
});
