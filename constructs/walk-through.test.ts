import { defineMesh } from '../config';
import { networkingApi } from './api-version';
import { ANALYTICS, MESH, migration, phase } from './fixture';
import { renderPhase } from './render';

const render = (istio: string) => {
  const analytics = migration(ANALYTICS);
  return renderPhase(analytics, istio === '1.15' ? MESH : defineMesh({ istio }), phase('onboard', analytics))
    .vm;
};

test('gives the WorkloadGroup of the walk-through, nothing more and nothing less', () => {
  expect(render('1.15')[0]).toStrictEqual({
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'WorkloadGroup',
    metadata: {
      name: 'analytics-v0',
      namespace: 'smm-demo',
      labels: { app: 'analytics', version: 'v0' },
    },
    spec: {
      metadata: { labels: { app: 'analytics', version: 'v0' } },
      probe: { httpGet: { path: '/', host: '127.0.0.1', port: 8080, scheme: 'HTTP' } },
      template: {
        network: 'network1',
        ports: { http: 8080, grpc: 8082, tcp: 8083 },
        serviceAccount: 'default',
      },
    },
  });
});

test('gives the PeerAuthentication of the walk-through, nothing more and nothing less', () => {
  expect(render('1.15')[1]).toStrictEqual({
    apiVersion: 'security.istio.io/v1beta1',
    kind: 'PeerAuthentication',
    metadata: { name: 'analytics', namespace: 'smm-demo' },
    spec: {
      mtls: { mode: 'PERMISSIVE' },
      selector: { matchLabels: { app: 'analytics', version: 'v0' } },
    },
  });
});

test.each([
  ['1.15', 'networking.istio.io/v1alpha3', 'security.istio.io/v1beta1'],
  ['1.15.3', 'networking.istio.io/v1alpha3', 'security.istio.io/v1beta1'],
  ['1.21.9', 'networking.istio.io/v1alpha3', 'security.istio.io/v1beta1'],
  ['1.22', 'networking.istio.io/v1', 'security.istio.io/v1'],
  ['1.30.1', 'networking.istio.io/v1', 'security.istio.io/v1'],
])('Istio %s gets %s and %s', (istio, networking, security) => {
  expect(
    render(istio)
      .slice(0, 2)
      .map((object) => object.apiVersion),
  ).toStrictEqual([networking, security]);
});

test('an Istio version that is none is refused, with the value', () => {
  expect(() => networkingApi('latest')).toThrow(
    'istio must be a version such as 1.15 or 1.15.3, got "latest"',
  );
});
