import { App } from 'cdk8s';
import { defineMesh, defineMigration, MigrationPhase } from 'meshferry';

const mesh = defineMesh({ istio: '1.15' });

const analytics = defineMigration({
  name: 'analytics',
  namespace: 'smm-demo',
  phase: 'shift-25',
  ports: { http: 8080, grpc: 8082, tcp: 8083 },
  kubernetes: { image: 'registry.example.com/analytics:1.4.2' },
});

export const app = new App();
const current = new MigrationPhase(app, 'analytics', { migration: analytics, mesh });

// It is a cdk8s app: look an object up and change it.
current.workload.controller?.metadata.addAnnotation('example.com/owner', 'data-platform');

app.synth();
