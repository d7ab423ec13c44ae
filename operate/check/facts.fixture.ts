import { defineMesh, defineMigration, type MigrationInput } from '../../config';
import { renderPhase } from '../../constructs';
import type { LiveObject } from '../gate/cluster';
import { type Facts, phaseOf } from './facts';

const HOST = 'analytics.smm-demo.svc.cluster.local';
const MACHINE = '10.0.0.5';
const POD = '10.1.0.7';

/** Facts of a migration at `shift-50` in which nothing is broken. */
export function healthyFacts(input: Partial<MigrationInput> = {}): Facts {
  const migration = defineMigration({
    name: 'analytics',
    namespace: 'smm-demo',
    phase: 'shift-50',
    ports: { http: 8080, tcp: 8083 },
    kubernetes: { image: 'registry.example.com/analytics:1.4.2' },
    ...input,
  });
  const mesh = defineMesh({ istio: '1.24' });
  const loaded = { migration, mesh, environment: '', file: 'migrations/analytics.yaml', id: 'analytics' };
  const phase = phaseOf(loaded);
  const rendered = Object.values(renderPhase(migration, mesh, phase)).flat();
  return {
    loaded,
    phase,
    objects: [...(JSON.parse(JSON.stringify(rendered)) as LiveObject[]), istiod, entry, pod, gateway],
    unread: new Map(),
    caller: {
      namespace: 'smm-demo',
      name: 'client',
      labels: { app: 'client' },
      serviceAccount: 'default',
      inMesh: true,
    },
    envoy: {
      clusters: new Map([
        [`outbound|8080|v0|${HOST}`, [{ address: `${MACHINE}:8080`, health: 'healthy' }]],
        [`outbound|8080|v1|${HOST}`, [{ address: `${POD}:8080`, health: 'healthy' }]],
      ]),
    },
    connects: new Map([
      [`${MACHINE}:8080`, true],
      [`${POD}:8080`, true],
    ]),
    outgoing: new Map([['10.9.9.9:5432', true]]),
    machine: {
      findings: [
        { check: 'root', detail: 'well' },
        { check: 'outgoing', detail: 'connected to 1 addresses', addresses: ['10.9.9.9:5432'] },
      ],
    },
  };
}

const istiod: LiveObject = {
  kind: 'Deployment',
  metadata: { name: 'istiod', namespace: 'istio-system', labels: { app: 'istiod' } },
  status: { availableReplicas: 1 },
};

const entry: LiveObject = {
  kind: 'WorkloadEntry',
  metadata: {
    name: `analytics-v0-${MACHINE}`,
    namespace: 'smm-demo',
    annotations: {
      'istio.io/autoRegistrationGroup': 'analytics-v0',
      'istio.io/connectedAt': '2026-01-01T00:00:00Z',
      'proxy.istio.io/health-checks-enabled': 'true',
    },
  },
  spec: { address: MACHINE, labels: { app: 'analytics', version: 'v0' }, ports: { http: 8080, tcp: 8083 } },
  status: { conditions: [{ type: 'Healthy', status: 'True' }] },
};

const pod: LiveObject = {
  kind: 'Pod',
  metadata: {
    name: 'analytics-v1-7d4',
    namespace: 'smm-demo',
    labels: { app: 'analytics', version: 'v1' },
  },
  spec: {
    containers: [
      { name: 'analytics', ports: [{ name: 'http', containerPort: 8080 }] },
      { name: 'istio-proxy' },
    ],
  },
  status: { phase: 'Running', podIP: POD, conditions: [{ type: 'Ready', status: 'True' }] },
};

const gateway: LiveObject = {
  kind: 'Service',
  metadata: { name: 'istio-eastwestgateway', namespace: 'istio-system' },
  spec: { ports: [{ port: 15012 }, { port: 15443 }] },
  status: { loadBalancer: { ingress: [{ ip: '10.3.0.1' }] } },
};
