import { defineMesh } from '../../config';
import { discover, type Found, meshYaml } from './discover';

/** Objects as `istioctl install` makes them, and as an Istio operator does. */

function istiod(revision: string | undefined, image: string, namespace = 'istio-system'): Found {
  return {
    kind: 'Deployment',
    metadata: {
      name: revision ? `istiod-${revision}` : 'istiod',
      namespace,
      labels: { app: 'istiod', 'istio.io/rev': revision ?? 'default' },
    },
    spec: { template: { spec: { containers: [{ name: 'discovery', image }] } } },
  };
}

const config = (suffix = ''): Found[] => [
  {
    kind: 'ConfigMap',
    metadata: { name: `istio${suffix}`, namespace: 'istio-system' },
    data: { mesh: 'defaultConfig: {}\ntrustDomain: td.example\n' },
  },
  {
    kind: 'ConfigMap',
    metadata: { name: `istio-sidecar-injector${suffix}`, namespace: 'istio-system' },
    data: {
      values: '{"global": {"network": "network1", "proxy": {"clusterDomain": "corp.local"}}}',
      config: '{{ template',
    },
  },
];
const gateway = (name: string, labels = {}): Found => ({
  kind: 'Service',
  metadata: { name, namespace: 'istio-system', labels },
  spec: { ports: [{ port: 15021 }, { port: 15443 }, { port: 15012 }, { port: 15017 }] },
});
const ingress: Found = {
  kind: 'Service',
  metadata: { name: 'istio-ingressgateway', namespace: 'istio-system' },
  spec: { ports: [{ port: 80 }, { port: 443 }] },
};

test('plain Istio', () => {
  const found = discover([
    istiod(undefined, 'docker.io/istio/pilot:1.24.3-distroless'),
    ...config(),
    ingress,
    gateway('istio-eastwestgateway'),
  ]);
  expect(found.mesh).toEqual({
    istio: '1.24.3',
    network: 'network1',
    trustDomain: 'td.example',
    clusterDomain: 'corp.local',
    namespace: 'istio-system',
    expansionGateway: { service: 'istio-eastwestgateway' },
  });
  expect(meshYaml(found)).toBe(`# Deployment istio-system/istiod
istio: "1.24.3"
# ConfigMap istio-system/istio-sidecar-injector
network: network1
# ConfigMap istio-system/istio
trustDomain: td.example
# ConfigMap istio-system/istio-sidecar-injector
clusterDomain: corp.local
# Deployment istio-system/istiod
namespace: istio-system
# Service istio-system/istio-eastwestgateway
expansionGateway:
  service: istio-eastwestgateway
`);
  expect(defineMesh(found.mesh)).toMatchObject({ istio: '1.24.3', network: 'network1' });
});

test('an IstioControlPlane', () => {
  const controlPlane: Found = {
    kind: 'IstioControlPlane',
    metadata: { name: 'cp-v115x', namespace: 'istio-system' },
    spec: { version: '1.15.3', networkName: 'network2', meshID: 'mesh1', mode: 'ACTIVE' },
  };
  // The operator calls objects after the control plane, and has pods choose it by a label with the namespace in it.
  const revision = 'cp-v115x';
  const own = istiod(revision, 'registry.example:5000/istio-pilot@sha256:0123');
  const labels = { app: 'istiod', 'istio.io/rev': 'cp-v115x.istio-system' };
  const objects = [
    { ...own, metadata: { ...own.metadata, labels } },
    controlPlane,
    { ...controlPlane, metadata: { ...controlPlane.metadata, name: 'cp-v1' }, spec: { version: '1.99.0' } },
    ...config(`-${revision}`),
    gateway('istio-meshexpansion-cp-v115x', { app: 'istio-meshexpansion-gateway' }),
  ];
  expect(discover(objects, { revision: 'cp-v115x.istio-system' })).toEqual(discover(objects));
  expect(discover(objects).from).toMatchObject({
    istio: 'IstioControlPlane istio-system/cp-v115x',
    network: 'IstioControlPlane istio-system/cp-v115x',
  });
  expect(defineMesh(discover(objects).mesh)).toMatchObject({ istio: '1.15.3', revision });
  expect(discover(objects).mesh).toEqual({
    istio: '1.15.3',
    network: 'network2',
    trustDomain: 'td.example',
    clusterDomain: 'corp.local',
    namespace: 'istio-system',
    revision,
    expansionGateway: { service: 'istio-meshexpansion-cp-v115x' },
  });
});

test('several istiods are told apart by revision', () => {
  const objects = [istiod('1-24', 'pilot:1.24.0'), istiod(undefined, 'pilot:1.23.0')];
  expect(() => discover(objects)).toThrow(
    '✖ several istiods are in the cluster: say which by --revision; there are Deployment istio-system/istiod-1-24 (revision 1-24), Deployment istio-system/istiod (revision default)',
  );
  expect(discover(objects, { revision: '1-24' }).mesh).toMatchObject({ istio: '1.24.0', revision: '1-24' });
  expect(discover(objects, { revision: 'default' }).mesh).toEqual({
    istio: '1.23.0',
    namespace: 'istio-system',
  });
  expect(() => discover(objects, { revision: '1-25' })).toThrow('no istiod has the revision 1-25');
});

test('no Istio, and one of no known version, are told', () => {
  expect(() => discover([ingress])).toThrow('is it the right context?');
  expect(() => discover([istiod(undefined, 'pilot:latest')])).toThrow('has no version');
  const own = istiod(undefined, 'pilot:dev');
  const labels = { ...own.metadata.labels, 'app.kubernetes.io/version': '1.0.0' };
  const dev = [{ ...own, metadata: { ...own.metadata, labels } }];
  expect(() => discover(dev)).toThrow(
    '✖ Deployment istio-system/istiod has no version: its image has no tag such as 1.24.0\n  way out: give the version that it was built from, such as --istio 1.24',
  );
  expect(discover(dev, { istio: '1.30' })).toMatchObject({
    mesh: { istio: '1.30' },
    from: { istio: '--istio' },
  });
});

test('a network that only the namespace tells is taken from there', () => {
  const home: Found = {
    kind: 'Namespace',
    metadata: { name: 'istio-system', labels: { 'topology.istio.io/network': 'network3' } },
  };
  expect(discover([istiod(undefined, 'pilot:1.24.0'), home])).toMatchObject({
    mesh: { network: 'network3' },
    from: { network: 'Namespace istio-system' },
  });
});

test('what could be several things is asked for', () => {
  const plain = istiod(undefined, 'pilot:1.24.0');
  const gateways = [plain, gateway('istio-eastwestgateway'), gateway('istio-other')];
  expect(() => discover(gateways)).toThrow(
    '✖ several Services could be the expansion gateway: istio-eastwestgateway, istio-other\n  way out: say which by --gateway',
  );
  expect(discover(gateways, { gateway: 'istio-other' }).mesh.expansionGateway).toEqual({
    service: 'istio-other',
  });
  expect(() => discover(gateways, { gateway: 'istio-ingressgateway' })).toThrow(
    '✖ istio-system has no Service istio-ingressgateway with the ports 15012 and 15443; those with them: istio-eastwestgateway, istio-other',
  );
  const controlPlane = (name: string): Found => ({
    kind: 'IstioControlPlane',
    metadata: { name, namespace: 'istio-system' },
  });
  expect(() => discover([plain, controlPlane('cp-a'), controlPlane('cp-b')])).toThrow(
    'several control planes could be its own: IstioControlPlane istio-system/cp-a, IstioControlPlane istio-system/cp-b',
  );
});
