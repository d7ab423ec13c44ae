import { type CompleteConfig, DEFAULTS } from '../config';
import { EXIT_CODES, Failure } from '../failure';
import type { Probe } from '../kubernetes/objects';
import { desired } from './desired';
import type { MachineFacts } from './machine-facts';
import type { MeshFacts } from './mesh-facts';
import { quickProbe } from './quick-probe';

const config: CompleteConfig = {
  ...DEFAULTS,
  workloadGroup: { namespace: 'smm-demo', name: 'analytics-v0' },
  apiServer: { url: 'https://192.0.2.1:6443' },
};
const machine: MachineFacts = {
  nodeIp: '10.0.0.5',
  external: false,
  apiServerAddresses: ['192.0.2.1', '2001:db8::1'],
};

function facts(ports: Record<string, number>, clusterName = ''): MeshFacts {
  return {
    group: { metadata: { name: 'analytics-v0', namespace: 'smm-demo' }, spec: { template: { ports } } },
    proxyConfigs: [],
    mesh: { trustDomain: '', defaultConfig: {} },
    injector: { clusterName, tag: '' },
    rootCert: 'root',
    istiodAddress: '192.0.2.9',
  };
}

test('the API server is left alone, so that a broken sidecar cannot cut the agent off', () => {
  const { clusterEnv } = desired(facts({ http: 8080 }), config, machine);
  expect(clusterEnv.ISTIO_SERVICE_EXCLUDE_CIDR).toBe('192.0.2.1/32,2001:db8::1/128');
});

test('ssh and the ports of choice are left alone', () => {
  const { clusterEnv } = desired(facts({ http: 8080 }), { ...config, keepPorts: [9100] }, machine);
  expect(clusterEnv.ISTIO_LOCAL_EXCLUDE_PORTS).toBe('22,15090,15021,15020,9100');
});

test.each([22, 9100])('a group that declares the kept port %d is refused', (port) => {
  const ask = () => desired(facts({ tcp: port }), { ...config, keepPorts: [9100] }, machine);
  expect(ask).toThrow(Failure);
  expect(ask).toThrow(`declares port ${port} (tcp)`);
});

test('a cluster without a name is called as for pods; one with a name keeps it', () => {
  const id = (name: string) => desired(facts({}, name), config, machine).clusterEnv.ISTIO_META_CLUSTER_ID;
  expect(id('')).toBe('Kubernetes');
  expect(id('east')).toBe('east');
});

test.each<[Probe | undefined, Probe | undefined]>([
  [undefined, undefined],
  [{ tcpSocket: { port: 1 } }, { tcpSocket: { port: 1 }, periodSeconds: 2, failureThreshold: 3 }],
  [
    { tcpSocket: { port: 1 }, periodSeconds: 5 },
    { tcpSocket: { port: 1 }, periodSeconds: 5 },
  ],
  [
    { tcpSocket: { port: 1 }, failureThreshold: 4 },
    { tcpSocket: { port: 1 }, failureThreshold: 4 },
  ],
])('the probe %j runs as %j', (probe, run) => {
  expect(quickProbe(probe)).toEqual(run);
});

test('every kind of failure has an exit code of its own', () => {
  const codes = Object.values(EXIT_CODES);
  expect(new Set(codes).size).toBe(codes.length);
});
