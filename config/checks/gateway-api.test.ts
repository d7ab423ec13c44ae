import { validateMigration } from '../reading/validate';
import type { MigrationInput } from '../schema/schema';

const told = (more: Partial<MigrationInput>) =>
  validateMigration(
    {
      namespace: 'shop',
      phase: 'onboard',
      ports: { http: 80, grpc: 9090, tcp: 7000 },
      kubernetes: { image: 'orders:1' },
      routing: 'gateway-api',
      ...more,
    },
    'orders',
  ).problems.map(({ path, message }) => `${path.join('.')}: ${message}`);

const onHttp = { ports: ['http'] };
const onGrpc = { ports: ['grpc'] };

test('what the Gateway API can say is taken', () => {
  const rules: MigrationInput['rules'] = [
    { ...onHttp, match: [{ uri: { exact: '/a' } }, { uri: { prefix: '/b' }, method: { exact: 'GET' } }] },
    { ...onHttp, match: [{ headers: { 'x-a': { prefix: 'b' } } }], timeout: '1.5s' },
    { ...onGrpc, match: [{ uri: { prefix: '/shop.Orders/' } }] },
  ];
  expect(told({ rules })).toEqual([]);
});

test('the same rules are nobody’s business where Istio’s own kinds are rendered', () => {
  expect(told({ routing: 'istio', rules: [{ retries: { attempts: 2 } }] })).toEqual([]);
});

test.each<[string, NonNullable<MigrationInput['rules']>[number], RegExp]>([
  [
    'retries',
    { ...onHttp, retries: { attempts: 2 } },
    /^rules\.0\.retries: the standard channel .* no retries/,
  ],
  [
    'callers told apart',
    { ...onHttp, match: [{ sourceLabels: { app: 'web' } }] },
    /^rules\.0\.match\.0\.sourceLabels: the Gateway API does not tell callers apart/,
  ],
  [
    'a header that is missing',
    { ...onHttp, match: [{ withoutHeaders: { 'x-a': { exact: 'b' } } }] },
    /^rules\.0\.match\.0\.withoutHeaders: an HTTPRoute cannot ask that a header is missing/,
  ],
  [
    'a method by a part of its name',
    { ...onHttp, match: [{ method: { prefix: 'P' } }] },
    /^rules\.0\.match\.0\.method: an HTTPRoute takes one method by its name/,
  ],
  [
    'a prefix that is rewritten',
    { ...onHttp, match: [{ uri: { prefix: '/a' } }], rewrite: { uri: '/b' } },
    /^rules\.0\.rewrite\.uri: the Gateway API replaces a prefix of whole path elements/,
  ],
  [
    'an origin by an expression',
    { ...onHttp, corsPolicy: { allowOrigins: [{ regex: '.*' }] } },
    /^rules\.0\.corsPolicy\.allowOrigins\.0: the Gateway API takes origins by their whole name/,
  ],
  [
    'a time limit of grpc',
    { ...onGrpc, timeout: '3s' },
    /^rules\.0\.timeout: a GRPCRoute has no such field: name the http ports/,
  ],
  [
    'a path that is no method of grpc',
    { ...onGrpc, match: [{ uri: { prefix: '/shop' } }] },
    /^rules\.0\.match\.0\.uri: a GRPCRoute takes exact: \/package\.Service\/Method/,
  ],
  [
    'a name that no rule of the API may have',
    { ...onHttp, name: 'My rule' },
    /^rules\.0\.name: the Gateway API takes lower case letters/,
  ],
])('%s is refused', (_, rule, message) => {
  expect(told({ rules: [rule] })).toEqual([expect.stringMatching(message)]);
});

describe('the order of rules', () => {
  const slow = { timeout: '30s' };

  test('a later rule that the API would try first is refused', () => {
    const rules = [
      { ...onHttp, match: [{ headers: { 'x-a': { exact: 'b' } } }], ...slow },
      { ...onHttp, match: [{ uri: { exact: '/a' } }] },
    ];
    expect(told({ rules })).toEqual([
      'rules.1.match.0: is more specific than a condition of rules[0], and the Gateway API tries the most specific one first, in whatever order they are declared: move it before rules[0], or let the two take different requests',
    ]);
    expect(told({ rules: rules.toReversed() })).toEqual([]);
  });

  test('rules that no request fits both of may stand in any order', () => {
    const rules = [
      { ...onHttp, match: [{ uri: { prefix: '/a' }, method: { exact: 'GET' } }], ...slow },
      { ...onHttp, match: [{ uri: { exact: '/abc' }, method: { exact: 'POST' } }] },
      { ...onHttp, match: [{ uri: { exact: '/b' } }] },
    ];
    expect(told({ rules })).toEqual([]);
  });

  test('rules that do the same may too', () => {
    const rules = [
      { ...onHttp, match: [{ uri: { prefix: '/a' } }], ...slow },
      { ...onHttp, match: [{ uri: { exact: '/abc' } }], ...slow },
    ];
    expect(told({ rules })).toEqual([]);
  });

  test('an expression too short to come before all other requests is refused', () => {
    expect(told({ rules: [{ ...onHttp, match: [{ uri: { regex: '/a' } }], ...slow }] })).toEqual([
      expect.stringMatching(/^rules\.0\.match\.0: is so short an expression/),
    ]);
  });
});

test('the names of the sides’ Services have to fit', () => {
  const service = { name: 'a'.repeat(60) };
  expect(told({ service, vm: { version: 'legacy' } })).toEqual([
    expect.stringMatching(/^vm\.version: names the Service a+-legacy of this side/),
  ]);
});

test('seventeen rules are one more than a route holds', () => {
  const rules = Array.from({ length: 16 }, (_, index) => ({
    ...onHttp,
    match: [{ uri: { exact: `/${index}` } }],
  }));
  expect(told({ rules })).toEqual([expect.stringMatching(/^rules\.15: a route of the Gateway API holds 16/)]);
  expect(told({ rules: rules.slice(1) })).toEqual([]);
});

test('a step between the two is refused with Gateways, which are others with each', () => {
  const gateways = [{ name: 'edge/public', hosts: ['orders.example.com'] }];
  expect(told({ routing: 'both', gateways })).toEqual([
    expect.stringMatching(/^gateways: lead in by a Gateway/),
  ]);
  expect(told({ gateways })).toEqual([]);
});
