import { defineMesh, defineMigration, type MigrationInput } from '../config';
import { validateMigration } from '../config/reading/validate';
import { plan } from '../plan/plan';
import { renderPhase } from './render';

const mesh = defineMesh({ istio: '1.24' });
const INPUT: MigrationInput = {
  namespace: 'shop',
  phase: 'onboard',
  ports: { http: 80, tcp: 7000 },
  kubernetes: { image: 'orders:1' },
  shift: { steps: [10, 100], sticky: { cookie: 'side', maxAge: '1h' } },
};

interface Route {
  readonly match?: readonly { readonly headers?: object; readonly uri?: object }[];
  readonly route: readonly {
    readonly destination: { readonly subset?: string };
    readonly weight?: number;
    readonly headers?: { readonly response: { readonly add: Readonly<Record<string, string>> } };
  }[];
}

function routes(phase: string, input: MigrationInput = INPUT): readonly Route[] {
  const migration = defineMigration(input, 'orders');
  const found = plan(migration).find(({ name }) => name === phase) as ReturnType<typeof plan>[number];
  const { routing } = renderPhase(migration, mesh, found);
  const service = routing.find(({ kind }) => kind === 'VirtualService');
  return ((service?.spec as { http?: Route[] } | undefined)?.http ?? []) as Route[];
}

const told = (one: Route) =>
  one.route.map(({ destination, weight }) => `${destination.subset ?? 'any'} ${weight ?? 'all'}`).join(', ');

test('a caller stays where its cookie says, and others draw a side that leaves one', () => {
  const [vm, pods, draws] = routes('shift-10');
  expect([vm, pods, draws].map((one) => told(one as Route))).toEqual(['v0 all', 'v1 all', 'v0 90, v1 10']);
  expect(vm?.match?.[0]?.headers).toEqual({ cookie: { regex: '(.*;\\s*)?side=v0(;.*)?' } });
  expect(draws?.route.map(({ headers }) => headers?.response.add['set-cookie'])).toEqual([
    'side=v0; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax',
    'side=v1; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax',
  ]);
  // Set again at each request it would never end.
  expect(vm?.route[0]?.headers).toBeUndefined();
});

test('sessions of the VM outlive its last share, and end when it leaves the routes or gets everything', () => {
  expect(routes('shift-100').map(told)).toEqual(['v0 all', 'v1 all', 'v0 0, v1 100']);
  expect(routes('drain').map(told)).toEqual(['v1 100']);
  expect(routes('deploy').map(told)).toEqual(['v0 100']);
});

test('each rule keeps its callers', () => {
  const rules = [{ match: [{ uri: { prefix: '/api' } }], timeout: '3s' }];
  const all = routes('shift-10', { ...INPUT, rules });
  expect(all.map(told)).toEqual(['v0 all', 'v1 all', 'v0 90, v1 10', 'v0 all', 'v1 all', 'v0 90, v1 10']);
  expect(all[0]?.match?.[0]).toMatchObject({ uri: { prefix: '/api' }, headers: { cookie: {} } });
});

test('a header is in every answer, for callers that send back the last one', () => {
  const shift = { steps: [10, 100], sticky: { header: 'x-side' } };
  const all = routes('shift-10', { ...INPUT, shift });
  expect(all[1]?.match?.[0]?.headers).toEqual({ 'x-side': { exact: 'v1' } });
  expect(all.map(({ route }) => route.map(({ headers }) => headers?.response.add['x-side']))).toEqual([
    ['v0'],
    ['v1'],
    ['v0', 'v1'],
  ]);
});

test.each<[string, Partial<MigrationInput>, RegExp]>([
  ['nothing to know a caller by', { shift: { sticky: {} } }, /says nothing to know a caller by/],
  ['a cookie without an end', { shift: { sticky: { cookie: 'a' } } }, /belong together/],
  ['a part of a second', { shift: { sticky: { cookie: 'a', maxAge: '1500ms' } } }, /counts whole seconds/],
  ['connections of tcp', { ports: { tcp: 7000 } }, /no port is: a connection of tcp/],
  ['the Gateway API', { routing: 'gateway-api' }, /rendered in a VirtualService/],
  [
    'a rule on the same header',
    { rules: [{ match: [{ headers: { cookie: { exact: 'a=b' } } }] }] },
    /is the header that sessions are kept by/,
  ],
])('%s is refused', (_, more, message) => {
  const { problems } = validateMigration({ ...INPUT, ...more }, 'orders');
  expect(problems.map((one) => one.message)).toEqual([expect.stringMatching(message)]);
});
