import type { JsonSchema } from '../imports/schemas';
import schemas from '../imports/schemas.json';
import { brokenRules } from './cel';

/** For each rule in the CRDs in use: a value that satisfies it, and one that does not. */
const RULES: Readonly<Record<string, readonly [good: unknown, bad: unknown]>> = {
  "duration(self) >= duration('1ms')": ['1.5s', '999us'],
  'self.all(key, !key.contains("*"))': [{ app: 'a' }, { '*': 'a' }],
  'self.all(key, key.size() != 0)': [{ app: 'a' }, { '': 'a' }],
  '!self.contains("*")': ['a', 'a*'],
  '(has(self.tlsCertificates) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1': [
    { credentialNames: [] },
    { credentialNames: [], tlsCertificates: [] },
  ],
  '(has(self.credentialName) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1': [
    { credentialName: 'a' },
    { credentialName: 'a', credentialNames: [] },
  ],
  '(has(self.credentialNames) ? 1 : 0) + (has(self.tlsCertificates) ? 1 : 0) <= 1': [
    {},
    { credentialNames: [], tlsCertificates: [] },
  ],
  'has(self.portLevelMtls) ? (((has(self.selector) && has(self.selector.matchLabels)) ? self.selector.matchLabels : {}).size() > 0) : true':
    [{ portLevelMtls: { 80: {} }, selector: { matchLabels: { app: 'a' } } }, { portLevelMtls: { 80: {} } }],
  'self.all(key, 0 < int(key) && int(key) <= 65535)': [{ 80: {} }, { 65536: {} }],
  '(has(self.workloadSelector) ? 1 : 0) + (has(self.endpoints) ? 1 : 0) <= 1': [
    { endpoints: [] },
    { endpoints: [], workloadSelector: {} },
  ],
  '!((has(self.addresses) ? self.addresses : []).exists(k, k.contains("/")) && !((has(self.resolution) ? self.resolution : "NONE") in ["STATIC", "NONE"]))':
    [
      { addresses: ['10.0.0.0/8'], resolution: 'STATIC' },
      { addresses: ['10.0.0.0/8'], resolution: 'DNS' },
    ],
  '((has(self.resolution) ? self.resolution : "NONE") == "NONE") ? !has(self.endpoints) : true': [
    { resolution: 'STATIC', endpoints: [] },
    { endpoints: [] },
  ],
  '((has(self.resolution) ? self.resolution : "") == "DNS_ROUND_ROBIN") ? ((has(self.endpoints) ? self.endpoints : []).size() <= 1) : true':
    [
      { resolution: 'DNS_ROUND_ROBIN', endpoints: [{}] },
      { resolution: 'DNS_ROUND_ROBIN', endpoints: [{}, {}] },
    ],
  'has(self.address) || has(self.network)': [{ network: 'a' }, {}],
  '(has(self.address) ? self.address : "").startsWith("unix://") ? !has(self.ports) : true': [
    { address: '10.0.0.1', ports: {} },
    { address: 'unix:///a', ports: {} },
  ],
  'self.startsWith("unix://") ? (self.substring(7, 8) == "/" || self.substring(7, 8) == "@") : true': [
    'unix:///a',
    'unix://a',
  ],
  'self.startsWith("unix://") ? !self.endsWith("/") : true': ['unix:///a', 'unix:///a/'],
  'self.all(key, size(key) < 63 && key.matches("^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$"))': [
    { 'http-api': 80 },
    { http_api: 80 },
  ],
  '0 < self && self <= 65535': [65535, 0],
  'self != "*"': ['a', '*'],
  'self.all(l1, self.exists_one(l2, l1.number == l2.number))': [
    [{ number: 80 }, { number: 81 }],
    [{ number: 80 }, { number: 80 }],
  ],
  'self in ["", "HTTP", "HTTPS"]': ['HTTP', 'http'],
  'self.size() == 0': ['', 'a'],
  'url(self).getScheme() in ["http", "https"]': ['https://example.com/keys', 'example.com'],
  '(has(self.selector) ? 1 : 0) + (has(self.targetRef) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1': [
    { selector: {} },
    { selector: {}, targetRefs: [] },
  ],
  '(has(self.serviceAccounts) || has(self.notServiceAccounts)) ? (!has(self.principals) &&\n!has(self.notPrincipals) && !has(self.namespaces) && !has(self.notNamespaces)) : true':
    [{ serviceAccounts: ['a'] }, { serviceAccounts: ['a'], namespaces: ['b'] }],
  '(has(self.jwksUri) ? 1 : 0) + (has(self.jwks_uri) ? 1 : 0) + (has(self.jwks) ? 1 : 0) <= 1': [
    { jwks: 'a' },
    { jwks: 'a', jwksUri: 'b' },
  ],
  '((has(self.operation) ? self.operation : "") == "UPSERT") ? (self.value != "") : true': [
    { operation: 'UPSERT', value: 'a' },
    { operation: 'UPSERT', value: '' },
  ],
  '((has(self.operation) ? self.operation : "") == "REMOVE") ? !has(self.value) : true': [
    { operation: 'REMOVE' },
    { operation: 'REMOVE', value: 'a' },
  ],
};

/** Every schema with rules of its own, anywhere in the kinds in use. */
function* withRules(
  schema: unknown,
): Generator<JsonSchema & { 'x-kubernetes-validations': { rule: string }[] }> {
  if (typeof schema !== 'object' || schema === null) return;
  if ('x-kubernetes-validations' in schema) yield schema as never;
  for (const below of Object.values(schema)) yield* withRules(below);
}

test("every rule of Istio's CRDs tells good from bad", () => {
  const seen = new Set<string>();
  const ofIstio = schemas.kinds.filter(({ group }) => group.endsWith('.istio.io'));
  for (const schema of withRules(ofIstio))
    for (const validation of schema['x-kubernetes-validations']) {
      const { rule } = validation;
      const [good, bad] = RULES[rule] ?? [];
      const alone = { ...schema, 'x-kubernetes-validations': [validation] };
      const broken = (value: unknown) =>
        [...brokenRules(alone, value)].filter((one) => one.path.length === 0);
      expect({ rule, broken: broken(good) }).toEqual({ rule, broken: [] });
      expect(broken(bad)).toMatchObject([{ rule }]);
      seen.add(rule);
    }
  expect(seen).toEqual(new Set(Object.keys(RULES)));
});

test('a rule that cannot be evaluated counts as broken, as in the API server', () => {
  const schema = {
    type: 'string',
    'x-kubernetes-validations': [{ rule: 'duration(self) >= duration("1ms")' }],
  };
  expect([...brokenRules(schema, 'soon')]).toEqual([
    {
      path: [],
      rule: 'duration(self) >= duration("1ms")',
      message: expect.stringContaining('cannot be evaluated'),
    },
  ]);
});

describe("the Gateway API's CRDs", () => {
  const schemaOf = (kind: string, version = 'v1') =>
    schemas.kinds.find(
      (one) =>
        one.group === 'gateway.networking.k8s.io' && one.kind === kind && one.versions.includes(version),
    )?.schema as JsonSchema;
  const broken = (kind: string, spec: object) =>
    [...brokenRules(schemaOf(kind), { spec })].map(({ path, message }) => `${path.join('.')}: ${message}`);
  const backendRefs = [{ name: 'web-v0', port: 80 }];
  const parentRefs = [{ group: '', kind: 'Service', name: 'web', namespace: 'shop', port: 80 }];

  test('take what is right, with what the API server fills in left out', () => {
    const filters = [
      { type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['x-a'] } },
      { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/b' } } },
      { type: 'CORS', cors: { allowOrigins: ['https://example.com'] } },
      { type: 'RequestMirror', requestMirror: { backendRef: backendRefs[0], fraction: { numerator: 1 } } },
    ];
    const rule = { matches: [{ path: { value: '/a' } }], filters, timeouts: { request: '1s' }, backendRefs };
    expect(broken('HTTPRoute', { parentRefs, rules: [rule, { name: 'rest', backendRefs }] })).toEqual([]);
    const method = { service: 'shop.Orders', method: 'List' };
    expect(broken('GRPCRoute', { parentRefs, rules: [{ matches: [{ method }], backendRefs }] })).toEqual([]);
    expect(broken('TCPRoute', { parentRefs, rules: [{ backendRefs }] })).toEqual([]);
  });

  test.each([
    ['HTTPRoute', { rules: [{ backendRefs: [{ name: 'web' }] }] }, 'Must have port for Service reference'],
    [
      'HTTPRoute',
      { rules: [{ matches: [{ path: { value: 'a' } }] }] },
      "must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
    ],
    [
      'HTTPRoute',
      { rules: [{ filters: [{ type: 'CORS' }] }] },
      'filter.cors must be specified for CORS filter.type',
    ],
    ['HTTPRoute', { rules: [{ name: 'a' }, { name: 'a' }] }, 'Rule name must be unique within the route'],
    [
      'HTTPRoute',
      { parentRefs: [...parentRefs, ...parentRefs] },
      'sectionName or port must be unique when parentRefs includes 2 or more references to the same parent',
    ],
    [
      'HTTPRoute',
      {
        rules: [
          {
            matches: [{ path: { type: 'Exact', value: '/a' } }],
            filters: [
              {
                type: 'URLRewrite',
                urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/b' } },
              },
            ],
          },
        ],
      },
      'When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified',
    ],
    [
      'GRPCRoute',
      { rules: [{ matches: [{ method: { service: 'shop-orders' } }] }] },
      'service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)',
    ],
    ['TCPRoute', { rules: [{ backendRefs: [{ name: 'web' }] }] }, 'Must have port for Service reference'],
  ])('refuse in a %s %j', (kind, spec, message) => {
    expect(broken(kind, spec)).toContainEqual(expect.stringContaining(message));
  });
});
