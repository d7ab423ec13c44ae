import { Testing } from 'cdk8s';
import type { MigrationInput } from '../config/schema/schema';
import { ANALYTICS, migration, RICH } from './fixture';
import type { Manifest } from './render';
import { Workload } from './workload';

function render(input: MigrationInput, kubernetes?: string): Manifest[] {
  const { kubernetes: pods, ports } = migration(input);
  if (!pods) throw new Error('the migration declares no pods');
  const chart = Testing.chart();
  new Workload(chart, 'pods', { pods, ports, kubernetes });
  return Testing.synth(chart);
}

const analytics = (kubernetes: MigrationInput['kubernetes'], version?: string) =>
  render({ ...ANALYTICS, kubernetes: { ...ANALYTICS.kubernetes, ...kubernetes } }, version);
/** A template that says something of the main container. */
const main = (one: object, spec: object = {}) => ({
  spec: { ...spec, containers: [{ name: 'analytics', ...one }] },
});
// biome-ignore lint/suspicious/noExplicitAny: a rendered object, looked into
const template = (manifests: Manifest[]) => (manifests[0] as any).spec.template;
const container = (manifests: Manifest[]) => template(manifests).spec.containers[0];

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
            automountServiceAccountToken: false,
            containers: [
              {
                name: 'analytics',
                image: 'registry.example.com/analytics:1.4.2',
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
  const [deployment] = analytics({ podTemplate: { metadata: { labels: { team: 'data' } } } });
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
    podTemplate: main({ resources: { requests: { cpu: '1' } } }),
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

test.each([
  [undefined, { exec: { command: ['sleep', '5'] } }],
  ['1.29.3', { exec: { command: ['sleep', '5'] } }],
  ['1.30', { sleep: { seconds: 5 } }],
  ['1.34.1', { sleep: { seconds: 5 } }],
])('on Kubernetes %s a stopping pod serves on by %j', (version, preStop) => {
  expect(container(analytics({}, version)).lifecycle).toStrictEqual({ preStop });
});

describe('podTemplate', () => {
  test("is merged over what is derived, lists by the keys of Kubernetes' API", () => {
    const podTemplate = {
      metadata: { annotations: { 'prometheus.io/scrape': 'true' } },
      ...main(
        {
          env: [{ name: 'MODE', value: 'production' }],
          ports: [
            { containerPort: 8080, hostPort: 80 },
            { containerPort: 8080, protocol: 'UDP' },
          ],
        },
        { nodeSelector: { disk: 'ssd' }, initContainers: [{ name: 'migrate', image: 'migrate:1' }] },
      ),
    };
    podTemplate.spec.containers.push({ name: 'beside', image: 'beside:1' } as never);
    const { metadata, spec } = template(analytics({ podTemplate }));
    expect(metadata).toStrictEqual({
      labels: { app: 'analytics', version: 'v1' },
      annotations: { 'prometheus.io/scrape': 'true' },
    });
    const { containers, ...rest } = spec;
    expect(rest).toStrictEqual({
      automountServiceAccountToken: false,
      nodeSelector: { disk: 'ssd' },
      initContainers: [{ name: 'migrate', image: 'migrate:1' }],
    });
    expect(containers).toStrictEqual([
      {
        name: 'analytics',
        image: 'registry.example.com/analytics:1.4.2',
        env: [{ name: 'MODE', value: 'production' }],
        lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
        ports: [
          { name: 'http', containerPort: 8080, protocol: 'TCP', hostPort: 80 },
          { name: 'grpc', containerPort: 8082, protocol: 'TCP' },
          { name: 'tcp', containerPort: 8083, protocol: 'TCP' },
          { containerPort: 8080, protocol: 'UDP' },
        ],
        readinessProbe: { httpGet: { path: '/', port: 8080, scheme: 'HTTP' } },
      },
      { name: 'beside', image: 'beside:1' },
    ]);
  });

  test('says the readiness and the preStop hook instead of what would be derived', () => {
    const probe = { grpc: { port: 8082 } };
    const preStop = { httpGet: { path: '/quit', port: 8080 } };
    const podTemplate = main({ readinessProbe: probe, lifecycle: { preStop } });
    expect(container(analytics({ podTemplate }))).toMatchObject({
      readinessProbe: probe,
      lifecycle: { preStop },
    });
  });

  test('keeps a hook beside the derived one', () => {
    const postStart = { exec: { command: ['true'] } };
    expect(container(analytics({ podTemplate: main({ lifecycle: { postStart } }) })).lifecycle).toStrictEqual(
      {
        preStop: { exec: { command: ['sleep', '5'] } },
        postStart,
      },
    );
  });
});

test('pods have a token of the API server where they have an account of their own', () => {
  const own = { podTemplate: main({}, { serviceAccountName: 'analytics' }) };
  expect(template(analytics(own)).spec).not.toHaveProperty('automountServiceAccountToken');
  const asked = { podTemplate: main({}, { automountServiceAccountToken: true }) };
  expect(template(analytics(asked)).spec.automountServiceAccountToken).toBe(true);
});

test('podSecurity: restricted is said of the pod and of each container, and what is declared beside it stays', () => {
  const podTemplate = main(
    { securityContext: { readOnlyRootFilesystem: true, capabilities: { add: ['NET_BIND_SERVICE'] } } },
    { securityContext: { runAsUser: 1000 }, initContainers: [{ name: 'first', image: 'first:1' }] },
  );
  podTemplate.spec.containers.push({ name: 'beside', image: 'beside:1' } as never);
  const { spec } = template(analytics({ podSecurity: 'restricted', podTemplate }));
  const locked = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  expect(spec.securityContext).toStrictEqual({
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(spec.containers[0].securityContext).toStrictEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    readOnlyRootFilesystem: true,
  });
  expect(spec.containers[1]).toStrictEqual({ name: 'beside', image: 'beside:1', securityContext: locked });
  expect(spec.initContainers).toStrictEqual([{ name: 'first', image: 'first:1', securityContext: locked }]);
});

test('a StatefulSet has its claims, and a headless Service that names its pods', () => {
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const [statefulSet, service] = analytics({
    kind: 'StatefulSet',
    replicas: 3,
    updateStrategy: { type: 'OnDelete' },
    podManagementPolicy: 'Parallel',
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' },
    volumeClaimTemplates: [claim],
    podTemplate: main({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
  });
  const { template: _template, ...spec } = (statefulSet?.spec ?? {}) as Record<string, unknown>;
  expect({ ...statefulSet, spec }).toStrictEqual({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'analytics-v1', labels: { app: 'analytics', version: 'v1' } },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'analytics', version: 'v1' } },
      serviceName: 'analytics-v1-pods',
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' },
      volumeClaimTemplates: [claim],
    },
  });
  expect(service).toMatchObject({
    kind: 'Service',
    metadata: { name: 'analytics-v1-pods' },
    spec: { clusterIP: 'None', selector: { app: 'analytics', version: 'v1' } },
  });
});

test('what a Deployment may have beside its pods comes out as declared', () => {
  const declared = {
    strategy: { type: 'Recreate' },
    minReadySeconds: 5,
    revisionHistoryLimit: 3,
    progressDeadlineSeconds: 60,
  };
  expect(analytics(declared)[0]?.spec).toMatchObject(declared);
});

test('nothing of cdk8s shows: no generated label, no hash in a name', () => {
  for (const input of [ANALYTICS, RICH])
    expect(JSON.stringify(render(input))).not.toMatch(/cdk8s|c8[0-9a-f]{6}/);
});
