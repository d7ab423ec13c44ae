import { NAMESPACE } from '../migration';

/**
 * Istio's standard metrics from upstream's Envoy, which lacks the filter that makes them in Istio's own build. Envoy's
 * stats access logger counts the same requests as they end, and knows of each the cluster and the workload that istiod
 * told it; Prometheus puts these into the labels that Istio gives them.
 */
export function standardMetrics(): object {
  const tags = Object.entries({
    reporter: 'source',
    cluster: '%UPSTREAM_CLUSTER_RAW%',
    workload: '%UPSTREAM_METADATA(istio:workload)%',
    response_code: '%RESPONSE_CODE%',
    grpc_response_status: '%GRPC_STATUS_NUMBER%',
  }).map(([name, value_format]) => ({ name, value_format }));
  const logger = {
    name: 'envoy.access_loggers.stats',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stats.v3.Config',
      stat_prefix: 'wasm', // one of the prefixes that Istio has Envoy keep
      counters: [{ stat: { name: 'istio_requests_total', tags }, value_fixed: 1 }],
      histograms: [
        {
          stat: { name: 'istio_request_duration_milliseconds', tags },
          unit: 'Milliseconds',
          value_format: '%DURATION%',
        },
      ],
    },
  };
  const manager = 'envoy.filters.network.http_connection_manager';
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'e2e-standard-metrics', namespace: NAMESPACE },
    spec: {
      workloadSelector: { labels: { app: 'client' } },
      configPatches: [
        {
          applyTo: 'NETWORK_FILTER',
          match: {
            context: 'SIDECAR_OUTBOUND',
            listener: { filterChain: { filter: { name: manager } } },
          },
          patch: {
            operation: 'MERGE',
            value: {
              typed_config: {
                '@type': `type.googleapis.com/${manager.replace('.filters.', '.extensions.filters.')}.v3.HttpConnectionManager`,
                access_log: [logger],
              },
            },
          },
        },
      ],
    },
  };
}

/** Prometheus' rules that give these metrics the names and labels of Istio's own. */
export const RELABELS: readonly object[] = [
  { source_labels: ['__name__'], regex: 'envoy_wasm_(istio_.*)', target_label: '__name__' },
  // A request that no host was found for has none; Istio says unknown.
  { source_labels: ['workload'], regex: '-', target_label: 'destination_workload', replacement: 'unknown' },
  { source_labels: ['workload'], regex: '([^;]+);.*', target_label: 'destination_workload' },
  ...['destination_service_name', 'destination_service_namespace'].map((target_label, index) => ({
    source_labels: ['cluster'],
    regex: 'outbound\\|\\d+\\|[^|]*\\|([^.]+)\\.([^.]+)\\.svc\\..*',
    target_label,
    replacement: `$${index + 1}`,
  })),
  { regex: 'workload|cluster', action: 'labeldrop' },
];
