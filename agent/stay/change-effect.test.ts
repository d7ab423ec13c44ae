import { clusterEnvFile } from '../join/cluster-env';
import { meshFile, type SidecarInput, sidecarConfig } from '../join/sidecar-config';
import type { WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';
import { changedPorts, effectOf, readEnvironment, staleFields } from './change-effect';

const input: SidecarInput = {
  group: {
    metadata: { name: 'analytics-v0', namespace: 'smm-demo' },
    spec: {
      metadata: { labels: { app: 'analytics', version: 'v0' } },
      template: { network: 'network1', ports: { http: 8080 }, serviceAccount: 'default' },
      probe: { httpGet: { port: 8080 } },
    },
  },
  proxyConfigs: [],
  mesh: { trustDomain: 'cluster.local', defaultConfig: { meshId: 'mesh1' } },
  clusterName: '',
  istioNamespace: 'istio-system',
  nodeIp: '10.0.0.5',
  dnsCapture: true,
};

function files(change: (input: SidecarInput) => SidecarInput = (same) => same) {
  const { proxyConfig, clusterEnv } = sidecarConfig(change(structuredClone(input)));
  return { mesh: meshFile(proxyConfig), clusterEnv: clusterEnvFile(clusterEnv) };
}

function group(change: Partial<WorkloadGroup['spec']>): (input: SidecarInput) => SidecarInput {
  return (now) => ({ ...now, group: { ...now.group, spec: { ...now.group.spec, ...change } } });
}

const template = input.group.spec.template;

test.each([
  ['nothing', (same: SidecarInput) => same, 'none'],
  ['a port added', group({ template: { ...template, ports: { http: 8080, admin: 9100 } } }), 'capture'],
  ['a port moved', group({ template: { ...template, ports: { http: 8081 } } }), 'capture'],
  ['the last port removed', group({ template: { ...template, ports: {} } }), 'restart'],
  ['a label', group({ metadata: { labels: { app: 'analytics', version: 'v0', tier: 'gold' } } }), 'restart'],
  ['the service account', group({ template: { ...template, serviceAccount: 'other' } }), 'restart'],
  ['the network', group({ template: { ...template, network: 'vm-network' } }), 'restart'],
  ['the probe', group({ probe: { httpGet: { port: 8080 }, periodSeconds: 5 } }), 'restart'],
  [
    'the mesh configuration',
    (now: SidecarInput) => ({ ...now, mesh: { ...now.mesh, defaultConfig: { meshId: 'm2' } } }),
    'restart',
  ],
  ['the revision', (now: SidecarInput) => ({ ...now, revision: 'canary' }), 'restart'],
  ["the machine's address", (now: SidecarInput) => ({ ...now, nodeIp: '10.0.0.6' }), 'restart'],
  ['DNS capture', (now: SidecarInput) => ({ ...now, dnsCapture: false }), 'restart'],
] as const)('%s asks for: %s', (_, change, effect) => {
  expect(effectOf(files(), files(change))).toBe(effect);
});

test('a machine without files has everything to start', () => {
  expect(effectOf({ mesh: '', clusterEnv: '' }, files())).toBe('restart');
});

test('ports that came and went', () => {
  const after = files(group({ template: { ...template, ports: { http: 8081, grpc: 8082 } } }));
  expect(changedPorts(files().clusterEnv, after.clusterEnv)).toEqual({
    added: [8081, 8082],
    removed: [8080],
  });
});

test('the environment is read as the shell reads it', () => {
  expect(readEnvironment(clusterEnvFile({ ISTIO_META_A: `it's "x"=1`, ISTIO_META_B: '' }))).toEqual({
    ISTIO_META_A: `it's "x"=1`,
    ISTIO_META_B: '',
  });
});

describe('an entry beside its group', () => {
  const entry: WorkloadEntry = {
    metadata: { name: 'e', annotations: { 'proxy.istio.io/health-checks-enabled': 'true' } },
    spec: {
      ports: { http: 8080 },
      labels: { app: 'analytics', version: 'v0', more: 'x' },
      serviceAccount: 'default',
    },
  };

  test('that istiod made from it is not stale', () => {
    expect(staleFields(input.group, entry)).toEqual([]);
  });

  test.each([
    ['ports', group({ template: { ...template, ports: { http: 8081 } } })],
    ['labels', group({ metadata: { labels: { app: 'analytics', version: 'v1' } } })],
    ['weight', group({ template: { ...template, weight: 5 } })],
    ['locality', group({ template: { ...template, locality: 'a/b' } })],
    ['serviceAccount', group({ template: { ...template, serviceAccount: 'other' } })],
    ['probe', (now: SidecarInput) => ({ ...now, group: { ...now.group, spec: { template } } })],
  ] as const)('is stale in its %s', (field, change) => {
    expect(staleFields(change(input).group, entry)).toContain(field);
  });
});
