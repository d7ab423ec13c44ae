import { defineMesh, defineMigration, type Migration, type MigrationInput } from '../config';
import type { Phase } from '../plan/phase';
import { plan } from '../plan/plan';

/** Migrations that the tests of the constructs render. */

export function migration(input: MigrationInput): Migration {
  return defineMigration(input, 'analytics');
}

export function phase(name: string, of: Migration): Phase {
  const found = plan(of).find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no phase ${name} in ${plan(of).map((candidate) => candidate.name)}`);
  return found;
}

/** The walk-through's mesh. */
export const MESH = defineMesh({ istio: '1.15' });

/** The walk-through's migration. */
export const ANALYTICS: MigrationInput = {
  namespace: 'smm-demo',
  phase: 'onboard',
  ports: { http: 8080, grpc: 8082, tcp: 8083 },
  kubernetes: { image: 'registry.example.com/analytics:1.4.2' },
};

/** Every option that a migration has. */
export const RICH: MigrationInput = {
  name: 'orders',
  namespace: 'shop',
  app: 'orders-api',
  phase: 'onboard',
  ports: { http: 80, 'http-admin': 9000, grpc: 9090, 'tcp-feed': 7000 },
  service: {
    name: 'orders',
    annotations: { 'example.com/owner': 'orders' },
    spec: {
      type: 'NodePort',
      sessionAffinity: 'ClientIP',
      ports: [{ port: 80, nodePort: 30080 }],
    },
  },
  vm: {
    version: 'legacy',
    group: 'orders-vm',
    serviceAccount: 'orders',
    machines: [{ name: 'rack-1', address: '10.0.0.5' }, { name: 'rack-2' }],
    network: 'vm-network',
    ports: { http: 8080 },
    probe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 },
    mtls: 'STRICT',
    labels: { team: 'orders' },
    annotations: { 'proxy.istio.io/config': '{"concurrency": 2}' },
    trafficPolicy: { connectionPool: { tcp: { maxConnections: 50 } } },
    locality: 'eu/eu-1/a',
  },
  kubernetes: {
    version: 'v2',
    name: 'orders',
    image: 'registry.example.com/orders:2.0.0',
    ports: { http: 8081 },
    drainSeconds: 10,
    podSecurity: 'restricted',
    podTemplate: {
      metadata: { labels: { team: 'orders' }, annotations: { 'prometheus.io/scrape': 'true' } },
      spec: {
        serviceAccountName: 'orders',
        imagePullSecrets: [{ name: 'registry' }, { name: 'mirror' }],
        terminationGracePeriodSeconds: 60,
        initContainers: [{ name: 'migrate', image: 'registry.example.com/orders:2.0.0', args: ['migrate'] }],
        containers: [
          {
            name: 'orders-api',
            imagePullPolicy: 'Always',
            command: ['/bin/orders'],
            args: ['--listen', ':8081'],
            ports: [{ name: 'http-metrics', containerPort: 9102 }],
            env: [
              { name: 'MODE', value: 'production' },
              { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'orders-db', key: 'password' } } },
              { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            ],
            envFrom: [{ configMapRef: { name: 'orders-env' } }],
            resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '1Gi' } },
            livenessProbe: { grpc: { port: 9090 }, periodSeconds: 20 },
            securityContext: { runAsUser: 1000, readOnlyRootFilesystem: true },
            volumeMounts: [
              { name: 'config', mountPath: '/etc/orders', readOnly: true },
              { name: 'tmp', mountPath: '/tmp' },
            ],
          },
          { name: 'exporter', image: 'registry.example.com/exporter:1.1.0' },
        ],
        volumes: [
          { name: 'config', configMap: { name: 'orders', items: [{ key: 'main', path: 'orders.toml' }] } },
          { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
        ],
        tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'orders', effect: 'NoSchedule' }],
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
        ],
      },
    },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
    minReadySeconds: 5,
    revisionHistoryLimit: 3,
    progressDeadlineSeconds: 300,
    disruptionBudget: { minAvailable: '50%' },
    autoscaling: { minReplicas: 2, maxReplicas: 6, cpuPercent: 70 },
    trafficPolicy: { outlierDetection: { consecutiveGatewayErrors: 5 } },
  },
  shift: { steps: [20, 100] },
  aliases: ['orders.corp.example'],
  gateways: [{ name: 'istio-ingress/public', hosts: ['orders.example.com'] }],
  trafficPolicy: {
    connectionPool: { tcp: { connectTimeout: '1s' }, http: { http2MaxRequests: 1000 } },
    loadBalancer: { consistentHash: { httpCookie: { name: 'session', ttl: '0s' } } },
    portLevelSettings: [{ port: { number: 9000 }, loadBalancer: { simple: 'ROUND_ROBIN' } }],
    tls: { mode: 'ISTIO_MUTUAL' },
  },
  rules: [
    { match: [{ uri: { exact: '/orders' } }], redirect: { uri: '/v2/orders', redirectCode: 308 } },
    { match: [{ uri: { exact: '/robots.txt' } }], directResponse: { status: 404 } },
    {
      match: [{ uri: { prefix: '/billing' } }],
      route: [{ destination: { host: 'billing.shop.svc.k8s.example' } }],
    },
    { match: [{ uri: { prefix: '/team' } }], delegate: { name: 'team', namespace: 'team' } },
    {
      match: [{ uri: { prefix: '/beta' } }],
      fault: { delay: { fixedDelay: '1s', percentage: { value: 1 } } },
      mirrors: [{ destination: { host: 'recorder' }, percentage: { value: 5 } }],
    },
    {
      name: 'export',
      ports: ['http'],
      match: [{ uri: { prefix: '/export' } }, { headers: { 'x-export': { exact: 'yes' } } }],
      timeout: '60s',
      rewrite: { uri: '/v2/export' },
    },
    {
      name: 'default',
      timeout: '5s',
      mirror: { host: 'recorder' },
      mirrorPercentage: { value: 10 },
      retries: { attempts: 2, perTryTimeout: '2s', retryOn: 'connect-failure' },
      headers: { request: { set: { 'x-mesh': 'yes' } } },
      corsPolicy: { allowOrigins: [{ exact: 'https://example.com' }], allowMethods: ['GET'] },
    },
  ],
};

/** The mesh that RICH runs on: another network than its VM's, a revision, a domain of its own. */
export const RICH_MESH = defineMesh({
  istio: '1.24.1',
  kubernetes: '1.34',
  network: 'pods',
  namespace: 'mesh',
  revision: 'stable',
  clusterDomain: 'k8s.example',
  expansionGateway: { render: true },
});

/** A mesh whose migrations are routed by the Gateway API. */
export const GATEWAY_MESH = defineMesh({ istio: '1.31', routing: 'gateway-api' });

/** Every option that the Gateway API can say: no retries, and a path that is rewritten as a whole. */
export const GATEWAY_RICH: MigrationInput = {
  ...RICH,
  routing: 'gateway-api',
  rules: [
    {
      name: 'export',
      ports: ['http'],
      match: [{ uri: { exact: '/export' } }, { uri: { exact: '/download' }, method: { exact: 'GET' } }],
      timeout: '1.5s',
      rewrite: { uri: '/v2/export', authority: 'orders.corp.example' },
    },
    {
      name: 'beta',
      ports: ['http'],
      match: [{ uri: { prefix: '/beta' }, headers: { 'x-user': { prefix: 'a.' } } }],
      headers: { response: { remove: ['server'] } },
    },
    {
      name: 'list',
      ports: ['grpc'],
      match: [{ uri: { exact: '/shop.Orders/List' } }],
      headers: { request: { set: { 'x-list': 'yes' } } },
    },
    {
      name: 'default',
      ports: ['http', 'http-admin'],
      timeout: '5s',
      headers: { request: { set: { 'x-mesh': 'yes' } } },
      corsPolicy: { allowOrigins: [{ exact: 'https://example.com' }], allowMethods: ['GET'] },
    },
  ],
};
