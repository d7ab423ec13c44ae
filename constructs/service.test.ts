import { Testing } from 'cdk8s';
import { Aliases } from './aliases';
import { migration, RICH } from './fixture';
import { Service } from './service';

const { app, ports } = migration(RICH);

test('a Service selects both sides by app, and finds their ports by name', () => {
  const chart = Testing.chart();
  new Service(chart, 'service', { name: 'orders', selector: { app }, ports: ports.slice(0, 2) });
  expect(Testing.synth(chart)[0].spec).toStrictEqual({
    selector: { app: 'orders-api' },
    ports: [
      { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
      { name: 'http-admin', port: 9000, targetPort: 'http-admin', protocol: 'TCP' },
    ],
  });
});

test("what else a Service has is merged in Kubernetes' own words, ports by their numbers", () => {
  const chart = Testing.chart();
  new Service(chart, 'service', {
    name: 'orders',
    selector: { app },
    ports: ports.slice(0, 2),
    annotations: { 'example.com/owner': 'orders' },
    spec: { type: 'NodePort', sessionAffinity: 'ClientIP', ports: [{ port: 9000, nodePort: 30900 }] },
  });
  expect(Testing.synth(chart)[0]).toStrictEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'orders', annotations: { 'example.com/owner': 'orders' } },
    spec: {
      type: 'NodePort',
      sessionAffinity: 'ClientIP',
      selector: { app: 'orders-api' },
      ports: [
        { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
        { name: 'http-admin', port: 9000, targetPort: 'http-admin', protocol: 'TCP', nodePort: 30900 },
      ],
    },
  });
});

test('aliases know the http-like ports: a TCP connection does not say which name it was made for', () => {
  const chart = Testing.chart();
  new Aliases(chart, 'aliases', {
    istio: '1.15',
    name: 'orders',
    hosts: ['orders.corp.example'],
    app,
    ports,
  });
  expect(Testing.synth(chart)[0]).toStrictEqual({
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'ServiceEntry',
    metadata: { name: 'orders' },
    spec: {
      hosts: ['orders.corp.example'],
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      workloadSelector: { labels: { app: 'orders-api' } },
      ports: [
        { name: 'http', number: 80, protocol: 'HTTP', targetPort: 8081 },
        { name: 'http-admin', number: 9000, protocol: 'HTTP' },
        { name: 'grpc', number: 9090, protocol: 'GRPC' },
      ],
    },
  });
});

test('aliases of a service that speaks TCP alone are refused', () => {
  const chart = Testing.chart();
  const tcp = ports.filter((port) => port.routing === 'tcp');
  expect(
    () =>
      new Aliases(chart, 'aliases', { istio: '1.15', name: 'orders', hosts: ['a.example'], app, ports: tcp }),
  ).toThrow('aliases (a.example) need an http-like port, got tcp-feed');
});
