import type { LoadedMigration, Mesh, Migration, Routing, Side } from '../config';
import { sideServiceName } from '../config/gateway-api/side-service';
import { routingOf } from '../config/routing-output';
import { milliseconds } from '../config/schema/duration';
import type { Gate } from '../config/schema/gate';

/** What is asked of Prometheus about one migration. Each query yields one number, or nothing. */
export interface Queries {
  /** Requests (or TCP connections, where the service speaks nothing else) to a side within a time. */
  requests(side: Side, window: string): string;
  /** The same as a rate: requests or connections a second. */
  perSecond(side: Side, window: string): string;
  /** Success rate of a side in percent within a time; absent: the available metrics do not say. */
  success?(side: Side, window: string): string;
  /** Latency of a side in milliseconds, at the gate's percentile, within a time; absent as above. */
  latency?(side: Side, window: string): string;
  /**
   * Share of requests that failed without reaching any side, in percent. Absent where such a failure counts as one of
   * the side that it was meant for.
   */
  unreached?(window: string): string;
  /** Requests a second by calling workload: a sample each. Absent: the metrics name no callers. */
  callers?(window: string): string;
  /** Requests that reached a side over mutual TLS, in percent, as that side tells it; absent: the metrics do not say. */
  mutualTls?(side: Side, window: string): string;
  /** TCP connections that callers hold open to the VM; absent: the service has no TCP port. */
  connections?(): string;
}

/** Failures in gRPC's own terms, answered with HTTP 200: unknown, deadline exceeded, internal, unavailable, data loss. */
const GRPC_FAILURES = '2|4|13|14|15';

/** The queries for a migration, in the metrics that its gate declares. */
export function queriesFor({ migration, mesh }: Pick<LoadedMigration, 'migration' | 'mesh'>): Queries {
  return migration.gate.metrics === 'envoy' ? envoy(migration, mesh) : istio(migration, mesh);
}

/** Whether the service answers requests; else it is judged by its connections alone. */
export function speaksHttp({ ports }: Pick<Migration, 'ports'>): boolean {
  return ports.some(({ routing }) => routing === 'http');
}

/**
 * Istio's standard metrics, by the caller's own account: the machine's Envoy may not be scraped, and what never reached
 * a server is known to the caller alone.
 */
function istio(migration: Migration, mesh: Mesh): Queries {
  const { gate } = migration;
  const service = `reporter="source",${serviceNames(migration, mesh)},destination_service_namespace="${migration.namespace}"`;
  const to = (side: Side) => {
    const workload = side === 'vm' ? migration.vm.group : (migration.kubernetes?.name ?? '');
    return `${service},destination_workload="${workload}"`;
  };
  const rate = (labels: string, window: string) => sumOf('rate', 'istio_requests_total', labels, window);
  const opened = 'istio_tcp_connections_opened_total';
  const connections = hasTcp(migration) && {
    // Without any connection to the service at all there is no series, and so no answer.
    connections: () =>
      `(${orZero(`sum(${opened}{${to('vm')}})`)} - ${orZero(`sum(istio_tcp_connections_closed_total{${to('vm')}})`)}) and on() sum(${opened}{${service}})`,
  };
  if (!speaksHttp(migration)) {
    return {
      requests: (side, window) => sumOf('increase', opened, to(side), window),
      perSecond: (side, window) => sumOf('rate', opened, to(side), window),
      callers: (window) => byCaller(opened, service, window),
      mutualTls: (side, window) => encrypted(opened, to(side), window),
      ...connections,
    };
  }
  const failed = (labels: string, window: string) => {
    const inHttp = orZero(rate(`${labels},response_code=~"5.."`, window));
    const inGrpc = `${labels},response_code!~"5..",grpc_response_status=~"${GRPC_FAILURES}"`;
    return `(${inHttp} + ${orZero(rate(inGrpc, window))})`;
  };
  return {
    requests: (side, window) => sumOf('increase', 'istio_requests_total', to(side), window),
    perSecond: (side, window) => rate(to(side), window),
    callers: (window) => byCaller('istio_requests_total', service, window),
    mutualTls: (side, window) => encrypted('istio_requests_total', to(side), window),
    success: (side, window) => `100 * (1 - ${failed(to(side), window)} / ${rate(to(side), window)})`,
    latency: (side, window) => quantile(gate, 'istio_request_duration_milliseconds_bucket', to(side), window),
    unreached: (window) =>
      `100 * ${orZero(rate(`${service},destination_workload="unknown",response_code=~"5.."`, window))} / ${rate(service, window)}`,
    ...connections,
  };
}

/**
 * The clusters of the callers' Envoys: one for each port and subset. Attempts are counted, not requests, where the two
 * differ; a cluster without a host is charged with the 503 that the caller's Envoy answers itself.
 */
function envoy(migration: Migration, mesh: Mesh): Queries {
  const { gate } = migration;
  const hostOf = (service: string) => literal(`${service}.${migration.namespace}.svc.${mesh.clusterDomain}`);
  const cluster = (side: Side, routing: Routing) => {
    const ports = migration.ports.filter((port) => port.routing === routing).map(({ service }) => service);
    const subset = side === 'vm' ? migration.vm.version : (migration.kubernetes?.version ?? '');
    const ofSubset = `${literal(subset)}\\\\|${hostOf(migration.service.name)}`;
    const service = routingOf(migration, mesh) !== 'istio' && sideServiceName(migration, side);
    // A window may reach back to when the migration was routed by Istio's own kinds.
    const destination = service ? `(\\\\|${hostOf(service)}|${ofSubset})` : ofSubset;
    // Newer versions of Istio end the name by a semicolon.
    return `cluster_name=~"outbound\\\\|(${ports.join('|')})\\\\|${destination};?"`;
  };
  const connections = hasTcp(migration) && {
    connections: () => `sum(envoy_cluster_upstream_cx_active{${cluster('vm', 'tcp')}})`,
  };
  const rate = (what: 'all' | 'failed', side: Side, window: string, how: 'rate' | 'increase' = 'rate') => {
    if (!speaksHttp(migration)) {
      const metric = {
        all: 'envoy_cluster_upstream_cx_total',
        failed: 'envoy_cluster_upstream_cx_connect_fail',
      }[what];
      return sumOf(how, metric, cluster(side, 'tcp'), window);
    }
    const codes = { all: '!=""', failed: '="5xx"' }[what];
    return sumOf(
      how,
      'envoy_cluster_upstream_rq',
      `${cluster(side, 'http')},response_code_class${codes}`,
      window,
    );
  };
  return {
    requests: (side, window) => rate('all', side, window, 'increase'),
    perSecond: (side, window) => rate('all', side, window),
    success: (side, window) =>
      `100 * (1 - ${orZero(rate('failed', side, window))} / ${rate('all', side, window)})`,
    ...(speaksHttp(migration) && {
      latency: (side: Side, window: string) =>
        quantile(gate, 'envoy_cluster_upstream_rq_time_bucket', cluster(side, 'http'), window),
    }),
    ...connections,
  };
}

/** The Service by the names that metrics have for it: where its routes lead to Services of the sides, by theirs too. */
function serviceNames(migration: Migration, mesh: Mesh): string {
  const { service } = migration;
  if (routingOf(migration, mesh) === 'istio') return `destination_service_name="${service.name}"`;
  const sides = (['vm', 'kubernetes'] as const).flatMap((side) => sideServiceName(migration, side) ?? []);
  return `destination_service_name=~"${[service.name, ...sides].join('|')}"`;
}

function byCaller(metric: string, labels: string, window: string): string {
  return `sum by (source_workload, source_workload_namespace) (rate(${metric}{${labels}}[${promDuration(window)}]))`;
}

/** Whether a connection was encrypted is known to the one that took it; the caller's own metrics say "unknown". */
function encrypted(metric: string, labels: string, window: string): string {
  const there = labels.replace('reporter="source"', 'reporter="destination"');
  const mutual = `${there},connection_security_policy="mutual_tls"`;
  return `100 * ${orZero(sumOf('rate', metric, mutual, window))} / ${sumOf('rate', metric, there, window)}`;
}

function sumOf(how: 'rate' | 'increase', metric: string, labels: string, window: string): string {
  return `sum(${how}(${metric}{${labels}}[${promDuration(window)}]))`;
}

/** What never happened has no series, and anything minus nothing would be nothing. */
function orZero(query: string): string {
  return `(${query} or vector(0))`;
}

function quantile(gate: Gate, metric: string, labels: string, window: string): string {
  const buckets = `sum by (le) (rate(${metric}{${labels}}[${promDuration(window)}]))`;
  return `histogram_quantile(${gate.latency.percentile / 100}, ${buckets})`;
}

/** Text in a regular expression in a PromQL string. */
function literal(text: string): string {
  return text.replaceAll('.', '\\\\.');
}

function hasTcp({ ports }: Pick<Migration, 'ports'>): boolean {
  return ports.some(({ routing }) => routing === 'tcp');
}

/** A duration as PromQL takes it, which knows no fractions: `1.5m` is `90s`. */
function promDuration(text: string): string {
  const all = milliseconds(text);
  return all % 1000 === 0 ? `${all / 1000}s` : `${Math.ceil(all)}ms`;
}
