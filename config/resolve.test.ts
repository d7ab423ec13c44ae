import { defineMigration } from './define';
import { defaultSteps } from './resolve';
import type { MigrationInput } from './schema/schema';

const INPUT: MigrationInput = {
  namespace: 'smm-demo',
  phase: 'onboard',
  ports: { http: 8080, grpc: 8082, tcp: 8083 },
  kubernetes: { image: 'ghcr.io/example/analytics:1.0.0' },
};
/** A template that says something of the main container. */
const main = (container: object) => ({ spec: { containers: [{ name: 'analytics', ...container }] } });
const resolved = (more: Partial<MigrationInput> = {}) => defineMigration({ ...INPUT, ...more }, 'analytics');

test('everything that can be derived is', () => {
  expect(resolved()).toEqual({
    name: 'analytics',
    namespace: 'smm-demo',
    app: 'analytics',
    phase: 'onboard',
    ends: 'done',
    ports: [
      { name: 'http', protocol: 'http', routing: 'http', service: 8080, vm: 8080, kubernetes: 8080 },
      { name: 'grpc', protocol: 'grpc', routing: 'http', service: 8082, vm: 8082, kubernetes: 8082 },
      { name: 'tcp', protocol: 'tcp', routing: 'tcp', service: 8083, vm: 8083, kubernetes: 8083 },
    ],
    service: { name: 'analytics', existing: false, annotations: {} },
    vm: {
      version: 'v0',
      group: 'analytics-v0',
      machines: [],
      serviceAccount: 'default',
      mtls: 'PERMISSIVE',
      labels: { app: 'analytics', version: 'v0' },
      annotations: {},
      probe: { httpGet: { path: '/', port: 8080, scheme: 'HTTP', host: '127.0.0.1' } },
    },
    kubernetes: {
      version: 'v1',
      name: 'analytics-v1',
      existing: false,
      image: 'ghcr.io/example/analytics:1.0.0',
      kind: 'Deployment',
      container: 'analytics',
      podNames: 'analytics-v1-pods',
      replicas: 1,
      drainSeconds: 5,
      labels: { app: 'analytics', version: 'v1' },
      volumeClaimTemplates: [],
      probe: { httpGet: { path: '/', port: 8080, scheme: 'HTTP' } },
    },
    steps: [10, 25, 50, 75, 100],
    aliases: [],
    gateways: [],
    rules: [],
    gate: {
      metrics: 'istio',
      window: '5m',
      soak: '10m',
      minRequests: 100,
      success: { min: 99, belowVm: 1 },
      latency: { percentile: 99, aboveVm: 25 },
      baseline: '1h',
      connections: 0,
    },
  });
});

test('names follow app where it differs from the name', () => {
  const migration = resolved({ app: 'orders' });
  expect([migration.service.name, migration.vm.group, migration.kubernetes?.name]).toEqual([
    'orders',
    'orders-v0',
    'orders-v1',
  ]);
});

describe('probes', () => {
  test('fall back to a TCP connection to the first port', () => {
    const { vm, kubernetes } = resolved({ ports: { grpc: 8082, tcp: 8083 } });
    expect(vm.probe).toEqual({ tcpSocket: { port: 8082, host: '127.0.0.1' } });
    expect(kubernetes?.probe).toEqual({ tcpSocket: { port: 8082 } });
  });

  test("ask the pod what they ask the VM, on the pod's own number and address", () => {
    const { kubernetes } = resolved({
      vm: {
        ports: { http: 80 },
        probe: { httpGet: { port: 80, path: '/up', host: '10.0.0.1' }, periodSeconds: 5 },
      },
      kubernetes: { image: 'a', ports: { http: 9090 } },
    });
    expect(kubernetes?.probe).toEqual({
      httpGet: { path: '/up', port: 9090, scheme: 'HTTP' },
      periodSeconds: 5,
    });
  });

  test('none on the VM is none in Kubernetes', () => {
    expect(resolved({ vm: { probe: 'none' } })).toMatchObject({
      vm: expect.not.objectContaining({ probe: expect.anything() }),
    });
    expect(resolved({ vm: { probe: 'none' } }).kubernetes?.probe).toBeUndefined();
  });

  test('are not derived beside a readinessProbe of the main container', () => {
    const own = { image: 'a', podTemplate: main({ readinessProbe: { grpc: { port: 8082 } } }) };
    expect(resolved({ kubernetes: own }).kubernetes?.probe).toBeUndefined();
    const liveness = { image: 'a', podTemplate: main({ livenessProbe: { grpc: { port: 8082 } } }) };
    expect(resolved({ kubernetes: liveness }).kubernetes?.probe).toBeDefined();
  });

  test('take a host that is given', () => {
    const probe = { httpGet: { port: 8080, host: 'localhost' } };
    expect(resolved({ vm: { probe } }).vm.probe?.httpGet?.host).toBe('localhost');
  });
});

test.each([
  [undefined, 5],
  [{}, 5],
  [{ terminationGracePeriodSeconds: 10 }, 5],
  [{ terminationGracePeriodSeconds: 5 }, 2],
  [{ terminationGracePeriodSeconds: 1 }, 0],
  [{ terminationGracePeriodSeconds: 0 }, 0],
])('of a grace period of %j, %d seconds are for the drain', (spec, drain) => {
  const podTemplate = spec && { spec };
  expect(resolved({ kubernetes: { image: 'a', podTemplate } }).kubernetes?.drainSeconds).toBe(drain);
});

test('a preStop hook of the main container takes the place of the drain', () => {
  const podTemplate = main({ lifecycle: { preStop: { exec: { command: ['/bin/quit'] } } } });
  expect(resolved({ kubernetes: { image: 'a', podTemplate } }).kubernetes?.drainSeconds).toBe(0);
});

test('the main container has the name of the app, or of the migration where that is no name', () => {
  expect(resolved({ app: 'orders' }).kubernetes?.container).toBe('orders');
  const unfit = {
    app: 'Orders_1',
    service: { name: 'orders' },
    vm: { group: 'orders' },
    kubernetes: { image: 'a', name: 'orders' },
  };
  expect(resolved(unfit).kubernetes?.container).toBe('analytics');
});

test('a Service exists where pods do, unless declared', () => {
  expect(resolved({ kubernetes: { existing: true } }).service.existing).toBe(true);
  expect(resolved({ kubernetes: { existing: true }, service: { existing: false } }).service.existing).toBe(
    false,
  );
});

test('gateways reach the first http port', () => {
  const gateways = [{ name: 'istio-ingress/public', hosts: ['a.example'] }];
  expect(resolved({ ports: { tcp: 1, grpc: 2, http: 3 }, gateways }).gateways[0]?.port).toBe('grpc');
});

test.each([
  ['done', false, [10, 25, 50, 75, 100]],
  ['split', false, [10, 25, 50]],
  ['standby', false, []],
  ['onboard', false, []],
  ['done', true, [90, 100]],
  ['split', true, [90, 75, 50]],
  ['standby', true, [90, 75, 50, 25, 0]],
] as const)('default steps to %s, pods serving already: %s', (ends, existing, steps) => {
  expect(defaultSteps(ends, existing)).toEqual(steps);
});
