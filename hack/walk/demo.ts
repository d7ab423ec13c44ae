import type { MigrationInput } from '../../config';
import { NAMESPACE, type Rendered } from '../e2e/migration';
import { PODS } from '../e2e/scenario';
import { analytics } from '../lab/repository';

const { kubernetes: _ours, ...declared } = analytics('');

/** The walk-through's migration: pods serve `analytics` already, a VM joins, takes half, and hands it back. */
export const walkThrough: MigrationInput & { readonly phase: string } = {
  ...declared,
  phase: 'prepare',
  kubernetes: { existing: true },
  shift: { steps: [50, 75, 90, 100] },
  gate: { soak: '0s' },
};

/** The demo application's part that moves: a Service and a Deployment that know nothing of meshferry. */
export function demoApp(image: string): Rendered[] {
  const labels = { app: 'analytics', version: 'v1' };
  // `clean` of the scenarios removes what has this label.
  const metadata = { namespace: NAMESPACE, labels: { e2e: 'yes' } };
  const ports = Object.entries({ http: 8080, grpc: 8082, tcp: 8083 });
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, name: 'analytics' },
      spec: { selector: { app: 'analytics' }, ports: ports.map(([name, port]) => ({ name, port })) },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata, name: 'analytics-v1' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'analytics',
                image,
                imagePullPolicy: 'Never',
                env: [{ name: 'NAME', value: PODS }],
                readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
              },
            ],
          },
        },
      },
    },
  ];
}
