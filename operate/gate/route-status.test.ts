import { defineMesh, defineMigration } from '../../config';
import { renderPhase } from '../../constructs';
import { plan } from '../../plan/plan';
import type { LiveObject } from './cluster';
import { gatewayKinds } from './cluster';
import { routesAsInGit } from './live';

const mesh = defineMesh({ istio: '1.31', routing: 'gateway-api' });
const migration = defineMigration({
  name: 'shop',
  namespace: 'demo',
  phase: 'shift-25',
  ports: { http: 80, tcp: 8083 },
  kubernetes: { image: 'a:1' },
});
const loaded = { migration, mesh, id: 'shop', environment: '', file: 'migrations/shop.yaml' };
const phase = plan(migration).find(({ name }) => name === 'shift-25') as ReturnType<typeof plan>[number];

const parent = (condition: object = { type: 'Accepted', status: 'True' }) => ({
  parentRef: { kind: 'Service', name: 'shop' },
  conditions: [condition],
});

/** What the API server holds of the phase: fields of Services filled in, and a status of each route. */
function live(change: (object: LiveObject) => LiveObject = (object) => object) {
  const { routing, workload } = renderPhase(migration, mesh, phase);
  const objects = [...routing, ...workload].map((object) => {
    const plain = JSON.parse(JSON.stringify(object)) as LiveObject;
    if (plain.kind === 'Service') return { ...plain, spec: { ...plain.spec, clusterIP: '10.96.0.7' } };
    return plain.kind.endsWith('Route') ? { ...plain, status: { parents: [parent()] } } : plain;
  });
  return { objects: objects.map(change) };
}

const told = (change?: (object: LiveObject) => LiveObject) =>
  routesAsInGit(live(change), loaded, phase).value;

test('routes that are taken up, and the Services that they lead to, are as in git', () => {
  expect(routesAsInGit(live(), loaded, phase).outcome).toBe('go');
});

test.each<[string, (object: LiveObject) => LiveObject, string]>([
  [
    'a version of TCPRoute that nobody watches',
    (object) => (object.kind === 'TCPRoute' ? { ...object, status: {} } : object),
    'TCPRoute shop-tcp is taken up by no controller: Istio may not watch this version of TCPRoute',
  ],
  [
    'a backend that is not there',
    (object) =>
      object.kind === 'HTTPRoute'
        ? {
            ...object,
            status: {
              parents: [
                parent({ type: 'ResolvedRefs', status: 'False', message: 'backend(shop-v1) not found' }),
              ],
            },
          }
        : object,
    'HTTPRoute shop-http is without what it leads to at Service shop: backend(shop-v1) not found',
  ],
  [
    'a Service of a side that selects something else',
    (object) =>
      object.metadata.name === 'shop-v1' && object.kind === 'Service'
        ? { ...object, spec: { ...object.spec, selector: { app: 'shop' } } }
        : object,
    'Service shop-v1 spec.selector.version is undefined, not "v1"',
  ],
])('%s is seen', (_, change, fault) => {
  expect(told(change)).toBe(fault);
});

test('only the kinds in use are asked for, since a cluster may lack the others', () => {
  expect(gatewayKinds([loaded])).toEqual([
    'services',
    'httproutes.gateway.networking.k8s.io',
    'tcproutes.gateway.networking.k8s.io',
  ]);
  expect(gatewayKinds([{ migration: { ...migration, routing: 'istio' }, mesh }])).toEqual([]);
});
