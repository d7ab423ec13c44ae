import type { Original } from './migration-of';

/**
 * Facts about the workloads of Online Boutique 0.10.6, written down from its manifests: no package of a registry holds
 * them.
 *
 * @see https://github.com/GoogleCloudPlatform/microservices-demo
 */

interface Facts {
  /** Number that clients call, and that of the container. */
  readonly port?: readonly [service: number, container: number];
  readonly grace?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Timing of the readiness and the liveness probe, which ask by gRPC unless told otherwise. */
  readonly readiness?: object;
  readonly liveness?: object;
  readonly requests: readonly [cpu: string, memory: string];
  readonly limits: readonly [cpu: string, memory: string];
}

const ADDRESSES = {
  PRODUCT_CATALOG_SERVICE_ADDR: 'productcatalogservice:3550',
  CURRENCY_SERVICE_ADDR: 'currencyservice:7000',
  CART_SERVICE_ADDR: 'cartservice:7070',
  SHIPPING_SERVICE_ADDR: 'shippingservice:50051',
};
const SMALL = { requests: ['100m', '64Mi'], limits: ['200m', '128Mi'] } as const;
const shop = (path: string) => ({
  initialDelaySeconds: 10,
  httpGet: {
    path: '/_healthz',
    port: 8080,
    httpHeaders: [{ name: 'Cookie', value: `shop_session-id=${path}` }],
  },
});

const FACTS: Readonly<Record<string, Facts>> = {
  frontend: {
    port: [80, 8080],
    env: {
      PORT: '8080',
      ...ADDRESSES,
      RECOMMENDATION_SERVICE_ADDR: 'recommendationservice:8080',
      CHECKOUT_SERVICE_ADDR: 'checkoutservice:5050',
      AD_SERVICE_ADDR: 'adservice:9555',
      SHOPPING_ASSISTANT_SERVICE_ADDR: 'shoppingassistantservice:80',
      ENABLE_PROFILER: '0',
    },
    readiness: shop('x-readiness-probe'),
    liveness: shop('x-liveness-probe'),
    ...SMALL,
  },
  adservice: {
    port: [9555, 9555],
    grace: 5,
    env: { PORT: '9555' },
    readiness: { initialDelaySeconds: 20, periodSeconds: 15 },
    liveness: { initialDelaySeconds: 20, periodSeconds: 15 },
    requests: ['200m', '180Mi'],
    limits: ['300m', '300Mi'],
  },
  currencyservice: { port: [7000, 7000], grace: 5, env: { PORT: '7000', DISABLE_PROFILER: '1' }, ...SMALL },
  cartservice: {
    port: [7070, 7070],
    grace: 5,
    env: { REDIS_ADDR: 'redis-cart:6379' },
    readiness: { initialDelaySeconds: 15 },
    liveness: { initialDelaySeconds: 15, periodSeconds: 10 },
    requests: ['200m', '64Mi'],
    limits: ['300m', '128Mi'],
  },
  'redis-cart': {
    port: [6379, 6379],
    readiness: { periodSeconds: 5, tcpSocket: { port: 6379 } },
    liveness: { periodSeconds: 5, tcpSocket: { port: 6379 } },
    requests: ['70m', '200Mi'],
    limits: ['125m', '256Mi'],
  },
  loadgenerator: {
    grace: 5,
    env: { FRONTEND_ADDR: 'frontend:80', USERS: '10', RATE: '1' },
    requests: ['300m', '256Mi'],
    limits: ['500m', '512Mi'],
  },
  recommendationservice: {
    port: [8080, 8080],
    grace: 5,
    env: { PORT: '8080', PRODUCT_CATALOG_SERVICE_ADDR: 'productcatalogservice:3550', DISABLE_PROFILER: '1' },
    readiness: { periodSeconds: 5 },
    liveness: { periodSeconds: 5 },
    requests: ['100m', '220Mi'],
    limits: ['200m', '450Mi'],
  },
  checkoutservice: {
    port: [5050, 5050],
    env: {
      PORT: '5050',
      ...ADDRESSES,
      PAYMENT_SERVICE_ADDR: 'paymentservice:50051',
      EMAIL_SERVICE_ADDR: 'emailservice:5000',
    },
    ...SMALL,
  },
  emailservice: {
    port: [5000, 8080],
    grace: 5,
    env: { PORT: '8080', DISABLE_PROFILER: '1' },
    readiness: { periodSeconds: 5 },
    liveness: { periodSeconds: 5 },
    ...SMALL,
  },
  paymentservice: { port: [50051, 50051], grace: 5, env: { PORT: '50051', DISABLE_PROFILER: '1' }, ...SMALL },
  shippingservice: {
    port: [50051, 50051],
    env: { PORT: '50051', DISABLE_PROFILER: '1' },
    readiness: { periodSeconds: 5 },
    ...SMALL,
  },
  productcatalogservice: {
    port: [3550, 3550],
    grace: 5,
    env: { PORT: '3550', DISABLE_PROFILER: '1' },
    ...SMALL,
  },
};

/** The workloads as their manifests declare them. */
export function onlineBoutique(): Original[] {
  return Object.entries(FACTS).map(([name, facts]) => ({
    controller: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { template: { metadata: { labels: { app: name } }, spec: podSpec(name, facts) } },
    },
    ...(facts.port && { service: serviceOf(name, facts.port) }),
  }));
}

function serviceOf(name: string, [port, targetPort]: readonly [number, number]) {
  const called = { frontend: 'http', 'redis-cart': 'tcp-redis' }[name] ?? 'grpc';
  const ports = [{ name: called, port, targetPort }];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { type: 'ClusterIP', selector: { app: name }, ports },
  };
}

const LOCKED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  privileged: false,
  readOnlyRootFilesystem: true,
};

function podSpec(name: string, { port, grace, env, readiness, liveness, requests, limits }: Facts) {
  const isRedis = name === 'redis-cart';
  const grpc = port && name !== 'frontend' && !isRedis ? { grpc: { port: port[1] } } : {};
  const amounts = ([cpu, memory]: readonly [string, string]) => ({ cpu, memory });
  const container = {
    name: 'server',
    image: isRedis ? 'redis:alpine' : `registry.example/${name}:v0.10.6`,
    securityContext: LOCKED,
    ...(port && {
      ports: [{ containerPort: port[1] }],
      readinessProbe: { ...readiness, ...grpc },
      livenessProbe: { ...liveness, ...grpc },
    }),
    ...(env && { env: Object.entries(env).map(([key, value]) => ({ name: key, value })) }),
    ...(isRedis && { volumeMounts: [{ name: 'redis-data', mountPath: '/data' }] }),
    resources: { requests: amounts(requests), limits: amounts(limits) },
  };
  return {
    ...(!isRedis && { serviceAccountName: name }),
    ...(grace && { terminationGracePeriodSeconds: grace }),
    securityContext: { fsGroup: 1000, runAsGroup: 1000, runAsNonRoot: true, runAsUser: 1000 },
    containers: [container],
    ...(isRedis && { volumes: [{ name: 'redis-data', emptyDir: {} }] }),
  };
}
