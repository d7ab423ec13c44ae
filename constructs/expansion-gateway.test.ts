import { defineMesh } from '../config';
import { renderMesh } from './render';

const objects = renderMesh(defineMesh({ istio: '1.15', expansionGateway: { render: true } }));
const find = (kind: string, name = 'istio-eastwestgateway') =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

test('is made of these objects, all in the namespace of istiod', () => {
  expect(
    objects.map((object) => `${object.metadata.namespace}/${object.kind}/${object.metadata.name}`),
  ).toStrictEqual([
    'istio-system/ServiceAccount/istio-eastwestgateway',
    'istio-system/Deployment/istio-eastwestgateway',
    'istio-system/Service/istio-eastwestgateway',
    'istio-system/Gateway/istio-eastwestgateway-cross-network',
    'istio-system/Gateway/istio-eastwestgateway-istiod',
    'istio-system/VirtualService/istio-eastwestgateway-istiod',
  ]);
});

test('its pods are made by injection, and see endpoints of their own network', () => {
  expect(find('Deployment')?.spec).toStrictEqual({
    selector: { matchLabels: { istio: 'eastwestgateway' } },
    template: {
      metadata: {
        labels: {
          istio: 'eastwestgateway',
          'sidecar.istio.io/inject': 'true',
          'topology.istio.io/network': 'network1',
        },
        annotations: { 'inject.istio.io/templates': 'gateway' },
      },
      spec: {
        serviceAccountName: 'istio-eastwestgateway',
        containers: [
          {
            name: 'istio-proxy',
            image: 'auto',
            env: [{ name: 'ISTIO_META_REQUESTED_NETWORK_VIEW', value: 'network1' }],
          },
        ],
      },
    },
  });
});

test('its Service has an address of its own, found by network', () => {
  expect(find('Service')).toMatchObject({
    metadata: { labels: { 'topology.istio.io/network': 'network1' } },
    spec: { type: 'LoadBalancer', selector: { istio: 'eastwestgateway' } },
  });
});

test('passes services by server name, and istiod on its port', () => {
  expect(find('Gateway', 'istio-eastwestgateway-cross-network')).toMatchObject({
    apiVersion: 'networking.istio.io/v1alpha3',
    spec: {
      servers: [
        {
          port: { number: 15443, name: 'tls', protocol: 'TLS' },
          tls: { mode: 'AUTO_PASSTHROUGH' },
          hosts: ['*.cluster.local'],
        },
      ],
    },
  });
  expect(find('Gateway', 'istio-eastwestgateway-istiod')).toMatchObject({
    spec: {
      servers: [
        {
          port: { number: 15012, name: 'tls-istiod', protocol: 'TLS' },
          tls: { mode: 'PASSTHROUGH' },
          hosts: ['*'],
        },
      ],
    },
  });
  expect(find('VirtualService', 'istio-eastwestgateway-istiod')?.spec).toStrictEqual({
    hosts: ['*'],
    gateways: ['istio-eastwestgateway-istiod'],
    tls: [
      {
        match: [{ port: 15012, sniHosts: ['*'] }],
        route: [{ destination: { host: 'istiod.istio-system.svc.cluster.local', port: { number: 15012 } } }],
      },
    ],
  });
});

test('a revision chooses the injector and the istiod that is behind it', () => {
  const revisioned = renderMesh(
    defineMesh({ istio: '1.30', revision: 'stable', expansionGateway: { render: true } }),
  );
  expect(JSON.stringify(revisioned)).toContain('istiod-stable.istio-system.svc.cluster.local');
  expect(revisioned[1]).toMatchObject({
    spec: { template: { metadata: { labels: { 'istio.io/rev': 'stable' } } } },
  });
});

test('its service account has no rights: it holds no certificate', () => {
  expect(objects.map((object) => object.kind)).not.toContain('Role');
});
