import { Testing } from 'cdk8s';
import type { Port } from '../config/port';
import { VirtualService, type VirtualServiceProps } from './virtual-service';

const HOST = 'analytics.smm-demo.svc.cluster.local';

const port = (name: string, service: number, protocol = name, routing: Port['routing'] = 'http'): Port => ({
  name,
  protocol,
  routing,
  service,
  vm: service,
  kubernetes: service,
});
const HTTP = port('http', 8080);
const GRPC = port('grpc', 8082);
const TCP = port('tcp', 8083, 'tcp', 'tcp');
const SPLIT = [
  { subset: 'v0', weight: 75 },
  { subset: 'v1', weight: 25 },
];

interface Route {
  name?: string;
  match: object[];
  route: { destination: object; weight?: number }[];
}

function spec(props: Partial<VirtualServiceProps>) {
  const chart = Testing.chart();
  new VirtualService(chart, 'routes', {
    istio: '1.24',
    name: 'analytics',
    host: HOST,
    ports: [HTTP],
    ...props,
  });
  return Testing.synth(chart)[0].spec as {
    hosts: string[];
    gateways?: string[];
    http: Route[];
    tcp: Route[];
  };
}

/** The weighted destinations of a port. */
const split = (number: number) => [
  { destination: { host: HOST, port: { number }, subset: 'v0' }, weight: 75 },
  { destination: { host: HOST, port: { number }, subset: 'v1' }, weight: 25 },
];

test('http and grpc ports go through http routes, tcp ports through tcp routes, each with the weights', () => {
  expect(spec({ ports: [HTTP, GRPC, TCP], split: SPLIT })).toStrictEqual({
    hosts: [HOST],
    http: [
      { match: [{ port: 8080 }], route: split(8080) },
      { match: [{ port: 8082 }], route: split(8082) },
    ],
    tcp: [{ match: [{ port: 8083 }], route: split(8083) }],
  });
});

test('a host without tcp ports has no tcp routes, one without http ports no http routes', () => {
  expect(spec({ split: SPLIT })).not.toHaveProperty('tcp');
  expect(spec({ ports: [TCP], split: SPLIT })).not.toHaveProperty('http');
});

test('not split: requests go to the Service, no subset, no weight', () => {
  expect(spec({ ports: [HTTP, TCP] })).toStrictEqual({
    hosts: [HOST],
    http: [{ match: [{ port: 8080 }], route: [{ destination: { host: HOST, port: { number: 8080 } } }] }],
    tcp: [{ match: [{ port: 8083 }], route: [{ destination: { host: HOST, port: { number: 8083 } } }] }],
  });
});

test('a side alone carries all of the weight', () => {
  expect(spec({ split: [{ subset: 'v0', weight: 100 }] }).http[0]?.route).toStrictEqual([
    { destination: { host: HOST, port: { number: 8080 }, subset: 'v0' }, weight: 100 },
  ]);
});

test('rules come first, in their order, with the weights in each; the rest comes last', () => {
  const { http } = spec({
    split: SPLIT,
    rules: [
      {
        name: 'export',
        match: [{ uri: { prefix: '/export' } }, { method: { exact: 'PUT' } }],
        timeout: '60s',
      },
      { match: [{ headers: { 'x-beta': { exact: 'yes' } } }], rewrite: { uri: '/beta' } },
    ],
  });
  expect(http).toStrictEqual([
    {
      name: 'export',
      timeout: '60s',
      match: [
        { port: 8080, uri: { prefix: '/export' } },
        { port: 8080, method: { exact: 'PUT' } },
      ],
      route: split(8080),
    },
    {
      rewrite: { uri: '/beta' },
      match: [{ port: 8080, headers: { 'x-beta': { exact: 'yes' } } }],
      route: split(8080),
    },
    { match: [{ port: 8080 }], route: split(8080) },
  ]);
});

test('a rule that never leads to the host is kept as it is, without weights', () => {
  const match = [{ uri: { prefix: '/x' } }];
  const route = [{ destination: { host: 'other' } }];
  const rules = [
    { match, redirect: { uri: '/y' } },
    { match, route, timeout: '3s' },
    { match, fault: { delay: { fixedDelay: '1s' } } },
  ];
  const { http } = spec({ split: SPLIT, rules });
  const matched = { match: [{ port: 8080, uri: { prefix: '/x' } }] };
  expect(http.slice(0, 3)).toStrictEqual([
    { redirect: { uri: '/y' }, ...matched },
    { route, timeout: '3s', ...matched },
    { fault: { delay: { fixedDelay: '1s' } }, ...matched, route: split(8080) },
  ]);
});

test('a rule without a match takes the rest of its port: no further route follows it', () => {
  const { http } = spec({ ports: [HTTP, GRPC], rules: [{ ports: ['http'], timeout: '5s' }] });
  expect(http.map((route) => route.match)).toStrictEqual([[{ port: 8080 }], [{ port: 8082 }]]);
  expect(http[0]).toMatchObject({ timeout: '5s' });
  expect(http[1]).not.toHaveProperty('timeout');
});

test('a rule is for the ports it names', () => {
  const { http } = spec({
    ports: [HTTP, GRPC],
    rules: [{ name: 'calls', ports: ['grpc'], match: [{ uri: { prefix: '/pkg.Service/' } }] }],
  });
  expect(http.map(({ name, match }) => ({ name, match }))).toStrictEqual([
    { name: undefined, match: [{ port: 8080 }] },
    { name: 'calls', match: [{ port: 8082, uri: { prefix: '/pkg.Service/' } }] },
    { name: undefined, match: [{ port: 8082 }] },
  ]);
});

test('everything that a rule says about its requests is passed on', () => {
  const treatment = {
    timeout: '5s',
    retries: { attempts: 0 },
    headers: { request: { set: { a: 'b' } }, response: { remove: ['c'] } },
    rewrite: { uri: '/', authority: 'old.example' },
    corsPolicy: { allowOrigins: [{ exact: 'https://example.com' }], maxAge: '24h' },
  };
  expect(spec({ rules: [treatment] }).http[0]).toMatchObject(treatment);
});

test('aliases and hosts of gateways are names of the same routes', () => {
  const gateways = [{ name: 'edge/public', hosts: ['www.example.com', 'old.example'], port: 'http' }];
  expect(spec({ aliases: ['old.example'], gateways })).toMatchObject({
    hosts: [HOST, 'old.example', 'www.example.com'],
    gateways: ['mesh', 'edge/public'],
  });
});

test('requests through a gateway match by the gateway, whatever the number of its port', () => {
  const { http, tcp } = spec({
    ports: [HTTP, GRPC, TCP],
    split: SPLIT,
    gateways: [{ name: 'edge/public', hosts: ['www.example.com'], port: 'http' }],
    rules: [{ match: [{ uri: { exact: '/a' } }] }],
  });
  expect(http.map((route) => route.match)).toStrictEqual([
    [
      { port: 8080, gateways: ['mesh'], uri: { exact: '/a' } },
      { gateways: ['edge/public'], uri: { exact: '/a' } },
    ],
    [{ port: 8080, gateways: ['mesh'] }, { gateways: ['edge/public'] }],
    [{ port: 8082, gateways: ['mesh'], uri: { exact: '/a' } }],
    [{ port: 8082, gateways: ['mesh'] }],
  ]);
  expect(http[1]?.route).toStrictEqual(split(8080));
  expect(tcp[0]?.match).toStrictEqual([{ port: 8083, gateways: ['mesh'] }]);
});

test.each([
  [
    'weights that miss 100',
    {
      split: [
        { subset: 'v0', weight: 60 },
        { subset: 'v1', weight: 30 },
      ],
    },
    `weights of ${HOST} must add up to 100, got 90: v0=60, v1=30`,
  ],
  [
    'a port that Istio routes by server name',
    { ports: [HTTP, port('https', 8443, 'https', 'tcp')] },
    `port https of ${HOST} cannot be routed by weight: Istio routes https ports by server name alone; name it tcp-https`,
  ],
  [
    'a gateway that leads to two ports',
    {
      ports: [HTTP, GRPC],
      gateways: [
        { name: 'edge', hosts: ['a.example'], port: 'http' },
        { name: 'edge', hosts: ['b.example'], port: 'grpc' },
      ],
    },
    `gateway edge of ${HOST} must lead to one port, got http and grpc`,
  ],
])('refuses %s', (_what, props, message) => {
  expect(() => spec(props)).toThrow(message);
});
