import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineMesh, defineMigration } from '../config';
import { queriesFor } from './queries';

/** The queries against series with known answers, judged by promtool (Debian: `apt-get install prometheus`). */

const ports = { http: 8080, grpc: 8082, tcp: 8083 };
const mesh = defineMesh({ istio: '1.24' });
const migration = (only: Partial<typeof ports> = ports, metrics: 'istio' | 'envoy' = 'istio') =>
  defineMigration({
    name: 'shop',
    namespace: 'demo',
    phase: 'shift-25',
    ports: only as typeof ports,
    kubernetes: { image: 'a:1' },
    gate: { metrics },
  });
const queries = (metrics: 'istio' | 'envoy', only?: Partial<typeof ports>) =>
  queriesFor({ migration: migration(only, metrics), mesh });

interface Case {
  readonly series: Readonly<Record<string, string>>;
  readonly asks: readonly (readonly [query: string | undefined, answer: number | undefined])[];
}

const { test } = needing('promtool');

const folder = mkdtempSync(join(tmpdir(), 'meshferry-promtool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A sample each 15 s for an hour, asked at its end. */
function check({ series, asks }: Case): void {
  const tests = {
    rule_files: [],
    evaluation_interval: '15s',
    tests: [
      {
        interval: '15s',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: asks.map(([expr, value]) => ({
          expr,
          eval_time: '1h',
          exp_samples: value === undefined ? [] : [{ labels: '{}', value }],
        })),
      },
    ],
  };
  const file = join(folder, 'test.yaml');
  writeFileSync(file, JSON.stringify(tests));
  try {
    execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${stdout}\n${stderr}`);
  }
}

const istio = (workload: string, more: string, metric = 'istio_requests_total', reporter = 'source') =>
  `${metric}{reporter="${reporter}",destination_service_name="shop",destination_service_namespace="demo",destination_workload="${workload}",${more}}`;
const POD = '10.0.0.1:15020';
const rising = (by: number) => `0+${by}x240`;

describe('Istio metrics', () => {
  const { requests, success, latency, unreached, connections } = queries('istio');

  test('a rate is of one side, over all callers, by the caller’s account', () =>
    check({
      series: {
        [istio('shop-v1', `response_code="200",pod="a"`)]: rising(9),
        [istio('shop-v1', `response_code="200",pod="b"`)]: rising(9),
        [istio('shop-v1', `response_code="503",pod="a"`)]: rising(2),
        [istio('shop-v0', `response_code="200",pod="a"`)]: rising(60),
        [istio('shop-v1', `response_code="500",pod="a"`, 'istio_requests_total', 'destination')]: rising(100),
        [istio('shop-v1', `response_code="500",pod="a"`).replace('"demo"', '"other"')]: rising(100),
      },
      asks: [
        [requests('kubernetes', '5m'), 400],
        [success?.('kubernetes', '5m'), 90],
        [success?.('vm', '1h'), 100],
      ],
    }));

  test('all requests failing is 0 %, and not an empty answer', () =>
    check({
      series: { [istio('shop-v1', 'response_code="503"')]: rising(10) },
      asks: [[success?.('kubernetes', '5m'), 0]],
    }));

  test('no series, and a series that stands still, say nothing', () =>
    check({
      series: { [istio('shop-v0', 'response_code="200"')]: '7x240' },
      asks: [
        [success?.('kubernetes', '5m'), undefined],
        [requests('kubernetes', '5m'), undefined],
        [latency?.('kubernetes', '5m'), undefined],
        [requests('vm', '5m'), 0],
        [`${success?.('vm', '5m')} == ${success?.('vm', '5m')}`, undefined], // NaN, which equals nothing
      ],
    }));

  test('a failure of gRPC is one, though HTTP says 200', () =>
    check({
      series: {
        [istio('shop-v1', 'response_code="200",grpc_response_status="0"')]: rising(7),
        [istio('shop-v1', 'response_code="200",grpc_response_status="14"')]: rising(2),
        [istio('shop-v1', 'response_code="200",grpc_response_status="5"')]: rising(1),
      },
      asks: [[success?.('kubernetes', '5m'), 80]],
    }));

  test('requests that found no endpoint belong to no side, and are asked for', () =>
    check({
      series: {
        [istio('shop-v1', 'response_code="200"')]: rising(95),
        [istio('unknown', 'response_code="503",response_flags="UH"')]: rising(5),
      },
      asks: [
        [success?.('kubernetes', '5m'), 100],
        [unreached?.('5m'), 5],
      ],
    }));

  test('a percentile comes from the histogram', () =>
    check({
      series: Object.fromEntries(
        [
          ['10', 98],
          ['50', 100],
          ['+Inf', 100],
        ].map(([le, by]) => [
          istio('shop-v1', `le="${le}"`, 'istio_request_duration_milliseconds_bucket'),
          rising(by as number),
        ]),
      ),
      asks: [[latency?.('kubernetes', '5m'), 30]],
    }));

  test('open connections are what was opened and not closed; without any service seen there is no answer', () => {
    const tcp = (workload: string, what: string) =>
      istio(workload, '', `istio_tcp_connections_${what}_total`);
    check({
      series: { [tcp('shop-v0', 'opened')]: rising(2), [tcp('shop-v0', 'closed')]: '0+2x238 476 476' },
      asks: [[connections?.(), 4]],
    });
    check({ series: { [tcp('shop-v1', 'opened')]: rising(2) }, asks: [[connections?.(), 0]] });
    check({ series: { up: '1x240' }, asks: [[connections?.(), undefined]] });
  });

  test('a service that speaks no HTTP is judged by its connections', () => {
    const tcp = queries('istio', { tcp: 8083 });
    expect(tcp.success).toBeUndefined();
    check({
      series: { [istio('shop-v1', '', 'istio_tcp_connections_opened_total')]: rising(1) },
      asks: [[tcp.requests('kubernetes', '5m'), 20]],
    });
  });
});

describe('a migration that is routed by the Gateway API', () => {
  const ofGatewayApi = { mesh: { ...mesh, routing: 'gateway-api' as const } };
  const to = (service: string, side: string) =>
    istio(side, 'response_code="200"').replace('service_name="shop"', `service_name="${service}"`);
  const outbound = (subset: string, service: string) =>
    `envoy_cluster_upstream_rq{cluster_name="outbound|8080|${subset}|${service}.demo.svc.cluster.local",response_code_class="2xx"}`;

  test('has its requests counted under the Services of its sides, and under its own', () => {
    const { requests } = queriesFor({ migration: migration(), ...ofGatewayApi });
    check({
      series: {
        [to('shop', 'shop-v0')]: rising(1),
        [to('shop-v0', 'shop-v0')]: rising(3),
        [to('shop-v1', 'shop-v1')]: rising(5),
        [to('shop-v2', 'shop-v1')]: rising(100),
      },
      asks: [
        [requests('vm', '5m'), 80],
        [requests('kubernetes', '5m'), 100],
      ],
    });
  });

  test('has clusters of Envoy for its Services, and those of its subsets before', () => {
    const { requests } = queriesFor({ migration: migration(ports, 'envoy'), ...ofGatewayApi });
    check({
      series: {
        [outbound('', 'shop-v1')]: rising(4),
        [outbound('v1', 'shop')]: rising(1),
        [outbound('', 'shop-v0')]: rising(100),
        [outbound('', 'shop')]: rising(100),
      },
      asks: [[requests('kubernetes', '5m'), 100]],
    });
  });
});

describe('metrics of Envoy clusters', () => {
  const { requests, success, latency, connections } = queries('envoy');
  const cluster = (port: number, subset: string, more: string, metric = 'rq', end = '') =>
    `envoy_cluster_upstream_${metric}{cluster_name="outbound|${port}|${subset}|shop.demo.svc.cluster.local${end}",${more}}`;

  test('all ports of a side count, each response once, and no other host', () =>
    check({
      series: {
        [cluster(8080, 'v1', `response_code_class="2xx",pod="${POD}"`)]: rising(14),
        [cluster(8082, 'v1', `response_code_class="2xx",pod="${POD}"`, 'rq', ';')]: rising(4),
        [cluster(8080, 'v1', `response_code_class="5xx",pod="${POD}"`)]: rising(2),
        [cluster(8080, 'v1', `response_code="503",pod="${POD}"`)]: rising(2),
        [cluster(8080, 'v0', `response_code_class="2xx",pod="${POD}"`)]: rising(60),
        [cluster(8080, 'v1', `response_code_class="5xx"`).replace('shop.demo', 'shopxdemo')]: rising(100),
        [cluster(8080, '', `response_code_class="5xx"`)]: rising(100),
      },
      asks: [
        [requests('kubernetes', '5m'), 400],
        [success?.('kubernetes', '5m'), 90],
      ],
    }));

  test('latency and open connections are the side’s', () =>
    check({
      series: {
        [cluster(8080, 'v1', 'le="5"', 'rq_time_bucket')]: rising(98),
        [cluster(8080, 'v1', 'le="25"', 'rq_time_bucket')]: rising(100),
        [cluster(8080, 'v1', 'le="+Inf"', 'rq_time_bucket')]: rising(100),
        [cluster(8083, 'v0', 'pod="a"', 'cx_active')]: '3x240',
        [cluster(8083, 'v1', 'pod="a"', 'cx_active')]: '9x240',
        [cluster(8080, 'v0', 'pod="a"', 'cx_active')]: '5x240',
      },
      asks: [
        [latency?.('kubernetes', '5m'), 15],
        [connections?.(), 3],
      ],
    }));

  test('without HTTP, a connection that fails is a failure', () => {
    const tcp = queries('envoy', { tcp: 8083 });
    check({
      series: {
        [cluster(8083, 'v1', '', 'cx_total')]: rising(10),
        [cluster(8083, 'v1', '', 'cx_connect_fail')]: rising(1),
      },
      asks: [
        [tcp.requests('kubernetes', '5m'), 200],
        [tcp.success?.('kubernetes', '5m'), 90],
      ],
    });
  });
});
