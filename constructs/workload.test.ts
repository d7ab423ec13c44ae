import { Testing } from 'cdk8s';
import type { MigrationInput } from '../config/schema/schema';
import { ANALYTICS, migration, RICH } from './fixture';
import type { Manifest } from './render';
import { Workload } from './workload';

function render(input: MigrationInput): Manifest[] {
  const { app, kubernetes, name, ports } = migration(input);
  if (!kubernetes) throw new Error('the migration declares no pods');
  const chart = Testing.chart();
  new Workload(chart, 'pods', { container: name, app, pods: kubernetes, ports });
  return Testing.synth(chart);
}

const analytics = (kubernetes: MigrationInput['kubernetes']) =>
  render({ ...ANALYTICS, kubernetes: { ...ANALYTICS.kubernetes, ...kubernetes } });
// biome-ignore lint/suspicious/noExplicitAny: a rendered object, looked into
const container = (manifests: Manifest[]) => (manifests[0] as any).spec.template.spec.containers[0];

test('a Deployment says what was declared and what a lifted service needs, nothing else', () => {
  expect(analytics({})).toStrictEqual([
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'analytics-v1', labels: { app: 'analytics', version: 'v1' } },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'analytics', version: 'v1' } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          metadata: { labels: { app: 'analytics', version: 'v1' } },
          spec: {
            terminationGracePeriodSeconds: 30,
            containers: [
              {
                name: 'analytics',
                image: 'registry.example.com/analytics:1.4.2',
                imagePullPolicy: 'IfNotPresent',
                lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
                ports: [
                  { name: 'http', containerPort: 8080, protocol: 'TCP' },
                  { name: 'grpc', containerPort: 8082, protocol: 'TCP' },
                  { name: 'tcp', containerPort: 8083, protocol: 'TCP' },
                ],
                readinessProbe: { httpGet: { path: '/', port: 8080, scheme: 'HTTP' } },
              },
            ],
          },
        },
      },
    },
  ]);
});

test('labels that a user adds are on the pods, not in the selector', () => {
  const [deployment] = analytics({ labels: { team: 'data' } });
  expect(deployment).toMatchObject({
    spec: {
      selector: { matchLabels: { app: 'analytics', version: 'v1' } },
      template: { metadata: { labels: { app: 'analytics', version: 'v1', team: 'data' } } },
    },
  });
  expect(JSON.stringify(deployment?.spec)).toContain('"matchLabels":{"app":"analytics","version":"v1"}');
});

test('an autoscaler sets the replicas alone', () => {
  const [deployment, autoscaler] = analytics({
    autoscaling: { maxReplicas: 5 },
    resources: { requests: { cpu: '1' } },
  });
  expect(deployment?.spec).not.toHaveProperty('replicas');
  expect(autoscaler).toMatchObject({
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'analytics-v1' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'analytics-v1' },
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
        },
      ],
    },
  });
  expect(autoscaler?.spec).not.toHaveProperty('behavior');
});

test.each([
  [{ minAvailable: 1 }, { minAvailable: 1 }],
  [{ maxUnavailable: '25%' }, { maxUnavailable: '25%' }],
])('a disruption budget of %j', (disruptionBudget, expected) => {
  expect(analytics({ disruptionBudget })[1]).toStrictEqual({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'analytics-v1' },
    spec: { selector: { matchLabels: { app: 'analytics', version: 'v1' } }, ...expected },
  });
});

test('no drain, no preStop; no probe, no readiness', () => {
  const bare = container(analytics({ drainSeconds: 0, probe: 'none' }));
  expect(bare).not.toHaveProperty('lifecycle');
  expect(bare).not.toHaveProperty('readinessProbe');
});

test('a security context holds what was asked for', () => {
  expect(container(analytics({ user: 0 })).securityContext).toStrictEqual({ runAsUser: 0 });
  expect(container(analytics({ readOnlyRootFilesystem: true })).securityContext).toStrictEqual({
    readOnlyRootFilesystem: true,
  });
});

test('environment, volumes and resources come out as declared', () => {
  const manifests = render(RICH);
  expect(container(manifests)).toMatchObject({
    command: ['/bin/orders'],
    args: ['--listen', ':8081'],
    env: [
      { name: 'MODE', value: 'production' },
      { name: 'REGION', valueFrom: { configMapKeyRef: { name: 'orders', key: 'region' } } },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'orders-db', key: 'password' } } },
    ],
    envFrom: [{ configMapRef: { name: 'orders-env' } }, { secretRef: { name: 'orders-secrets' } }],
    resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '1Gi' } },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/orders', readOnly: true },
      { name: 'tls', mountPath: '/etc/tls' },
      { name: 'data', mountPath: '/var/lib/orders', subPath: 'live' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  });
  expect(manifests[0]).toMatchObject({
    spec: {
      template: {
        spec: {
          imagePullSecrets: [{ name: 'registry' }, { name: 'mirror' }],
          serviceAccountName: 'orders',
          volumes: [
            { name: 'config', configMap: { name: 'orders' } },
            { name: 'tls', secret: { secretName: 'orders-tls' } },
            { name: 'data', persistentVolumeClaim: { claimName: 'orders' } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  });
});

test('nothing of cdk8s shows: no generated label, no hash in a name', () => {
  for (const input of [ANALYTICS, RICH])
    expect(JSON.stringify(render(input))).not.toMatch(/cdk8s|c8[0-9a-f]{6}/);
});
