import { defineMesh, defineMigration, type LoadedMigration } from '../config';
import { select } from './select';

const migration = (id: string): LoadedMigration => {
  const steps = id.split('/');
  const name = steps.pop() ?? '';
  return {
    migration: defineMigration({
      name,
      namespace: 'demo',
      ports: { http: 80 },
      phase: 'pin',
      kubernetes: { image: 'a:1' },
    }),
    mesh: defineMesh({ istio: '1.24' }),
    id,
    environment: steps.join('/'),
    file: `migrations/${id}.yaml`,
  };
};
const ALL = ['orders', 'prod/analytics', 'prod/orders', 'staging/analytics'].map(migration);
const chosen = (...names: string[]) => select(ALL, names).map(({ id }) => id);

test('no name means every migration', () => {
  expect(chosen()).toHaveLength(4);
});

test('a full name wins over the same name in an environment', () => {
  expect(chosen('orders', 'staging/analytics')).toEqual(['orders', 'staging/analytics']);
});

test('a name in several environments is asked about', () => {
  expect(() => chosen('analytics')).toThrow(
    '✖ analytics is in several environments: say which of prod/analytics, staging/analytics',
  );
});

test.each([
  ['prod/analytic', '; did you mean "prod/analytics"?'],
  ['ordres', '; did you mean "orders"?'],
  ['billing', 'staging/analytics'],
])('an unknown name is told with what there is: %s', (name, end) => {
  expect(() => chosen(name)).toThrow(
    new RegExp(
      `^✖ no migration is named ${name}; there are orders, prod/analytics, .*${end.replace('?', '\\?')}$`,
    ),
  );
});

test('of a fleet only some names are listed', () => {
  const fleet = Array.from({ length: 50 }, (_, index) => migration(`prod/shop-${index}`));
  expect(() => select(fleet, ['x'])).toThrow(/there are prod\/shop-0, .*, prod\/shop-9 and 40 more$/);
});
