import { stringify } from 'yaml';
import { MAPS, type ProxyConfig } from '../../text/proxy-config';
import type { WorkloadGroup } from '../kubernetes/objects';
import type { MeshConfig } from './parse-mesh';

/** Input of {@link sidecarConfig}. */
export interface SidecarInput {
  readonly group: WorkloadGroup;
  /** ProxyConfigs in the group's annotations, in the order in which they override that of the mesh. */
  readonly proxyConfigs: readonly ProxyConfig[];
  readonly mesh: MeshConfig;
  /** Name of the cluster in the injector's values; empty if they hold none. */
  readonly clusterName: string;
  readonly istioNamespace: string;
  /** Revision of istiod; empty or `default`: unrevisioned. */
  readonly revision?: string;
  /** Name of the cluster if the injector's values hold none. @default '' */
  readonly defaultClusterId?: string;
  /** Address that the mesh knows the machine by. */
  readonly nodeIp?: string;
  /** Whether that address is on none of the machine's own interfaces. */
  readonly external?: boolean;
  /** Whether pilot-agent answers the machine's DNS queries. */
  readonly dnsCapture: boolean;
}

/** The sidecar's configuration. */
export interface SidecarConfig {
  /** Istio's ProxyConfig. */
  readonly proxyConfig: ProxyConfig;
  /** Environment of pilot-agent. */
  readonly clusterEnv: Readonly<Record<string, string>>;
}

/** Istio reads YAML 1.1, where `y` and `on` are booleans. So they are quoted. */
const YAML = { version: '1.1' } as const;
const CANONICAL_NAME = 'service.istio.io/canonical-name';
const CANONICAL_REVISION = 'service.istio.io/canonical-revision';
const PROMETHEUS_PORT = 15090;
const HEALTH_PORT = 15021;
const STATUS_PORT = 15020;
const DISCOVERY_PORT = 15012;
/** Fields of ProxyConfig whose zero differs from "not set": protobuf wraps them. */
const WRAPPED = new Set(['concurrency', 'holdApplicationUntilProxyStarts', 'statsCompression']);
/** Names of the zero values of enumerations, by field. */
const ZERO_NAMES: Readonly<Record<string, string>> = {
  interceptionMode: 'REDIRECT',
  controlPlaneAuthPolicy: 'NONE',
  tracingServiceName: 'APP_LABEL_AND_NAMESPACE',
};

/**
 * The configuration that `istioctl x workload entry configure --autoregister` writes for the same WorkloadGroup and mesh.
 * Pure. The tests compare it with the output of the real command, field by field.
 */
export function sidecarConfig(input: SidecarInput): SidecarConfig {
  const { group, mesh } = input;
  const template = group.spec.template ?? {};
  const serviceAccount = template.serviceAccount || 'default';
  const config = overlaid(input);

  const labels: Record<string, string> = { ...group.spec.metadata?.labels, ...template.labels };
  const canonicalName =
    labels[CANONICAL_NAME] ?? labels['app.kubernetes.io/name'] ?? labels.app ?? group.metadata.name;
  const canonicalRevision =
    labels[CANONICAL_REVISION] ?? labels['app.kubernetes.io/version'] ?? labels.version ?? 'latest';
  const namespace = group.metadata.namespace ?? 'default';
  const podPorts = namedPorts(template.ports);

  const proxyMetadata: Record<string, string> = {
    ...(config.proxyMetadata as Record<string, string> | undefined),
    CANONICAL_SERVICE: canonicalName,
    CANONICAL_REVISION: canonicalRevision,
    POD_NAMESPACE: namespace,
    SERVICE_ACCOUNT: serviceAccount,
    TRUST_DOMAIN: mesh.trustDomain,
    ISTIO_META_CLUSTER_ID: input.clusterName || (input.defaultClusterId ?? ''),
    ISTIO_META_MESH_ID: String(config.meshId ?? ''),
    ISTIO_META_NETWORK: template.network ?? '',
    ...(podPorts && { ISTIO_META_POD_PORTS: podPorts }),
    ISTIO_META_WORKLOAD_NAME: group.metadata.name,
    ISTIO_METAJSON_LABELS: goJson({
      ...labels,
      [CANONICAL_NAME]: canonicalName,
      [CANONICAL_REVISION]: canonicalRevision,
    }),
    ...(input.dnsCapture && { ISTIO_META_DNS_CAPTURE: 'true' }),
    ISTIO_META_AUTO_REGISTER_GROUP: group.metadata.name,
  };
  const proxyConfig = withoutZeros({ ...config, readinessProbe: group.spec.probe, proxyMetadata });
  const ports = Object.values(template.ports ?? {});
  return {
    proxyConfig,
    clusterEnv: {
      ...proxyMetadata,
      ISTIO_INBOUND_PORTS: ports.length > 0 ? ports.sort((a, b) => a - b).join(',') : '*',
      ISTIO_NAMESPACE: namespace,
      ISTIO_SERVICE: `${group.metadata.name}.${namespace}`,
      ISTIO_SERVICE_CIDR: '*',
      ISTIO_LOCAL_EXCLUDE_PORTS: excludedPorts(Number(config.statusPort ?? 0)).join(','),
      SERVICE_ACCOUNT: serviceAccount,
      ...(isRevisioned(input.revision) && { CA_ADDR: discoveryAddress(input) }),
      ...(input.nodeIp && { ISTIO_SVC_IP: input.nodeIp }),
      ...(input.nodeIp && input.external && { REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION: 'true' }),
    },
  };
}

/** The file that pilot-agent reads as its mesh configuration. */
export function meshFile(proxyConfig: SidecarConfig['proxyConfig']): string {
  return stringify({ defaultConfig: proxyConfig }, { ...YAML, sortMapEntries: true, lineWidth: 0 });
}

/** DNS name of istiod, which its certificate holds: `istiod[-<revision>].<namespace>.svc`. */
export function istiodHost(mesh: { readonly istioNamespace: string; readonly revision?: string }): string {
  return `istiod${isRevisioned(mesh.revision) ? `-${mesh.revision}` : ''}.${mesh.istioNamespace}.svc`;
}

/** Whether the names of istiod's objects contain the revision. */
export function isRevisioned(revision: string | undefined): revision is string {
  return revision !== undefined && revision !== '' && revision !== 'default';
}

/** Ports that are never captured: ssh, and those that Istio itself serves on the machine. */
export function excludedPorts(statusPort: number): number[] {
  const always = [22, PROMETHEUS_PORT, HEALTH_PORT];
  if (statusPort === PROMETHEUS_PORT || statusPort === HEALTH_PORT) return always;
  return [...always, statusPort || STATUS_PORT];
}

/** The mesh's defaults, with the group's own over them: proxyMetadata key by key, the rest as a whole. */
function overlaid(input: SidecarInput): ProxyConfig {
  let config = input.mesh.defaultConfig;
  if (isRevisioned(input.revision) && !config.discoveryAddress) {
    config = { ...config, discoveryAddress: discoveryAddress(input) };
  }
  for (const over of input.proxyConfigs) {
    const proxyMetadata = { ...(config.proxyMetadata as object), ...(over.proxyMetadata as object) };
    config = { ...config, ...over, proxyMetadata };
  }
  return config;
}

function discoveryAddress(input: SidecarInput): string {
  return `${istiodHost(input)}:${DISCOVERY_PORT}`;
}

function namedPorts(ports: Readonly<Record<string, number>> = {}): string | undefined {
  const named = Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort, protocol: '' }));
  if (named.length === 0) return undefined;
  return JSON.stringify(named.sort((a, b) => (a.name < b.name ? -1 : 1)));
}

/** JSON as Go writes a map: with sorted keys, and with the special characters of HTML escaped. */
function goJson(map: Record<string, string>): string {
  const sorted = Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(sorted).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Drops fields with a zero value, as protobuf does. */
function withoutZeros(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined || child === null) continue;
    if (WRAPPED.has(key) || (MAPS.has(key) && Object.keys(child).length > 0)) kept[key] = child;
    else if (Array.isArray(child)) {
      if (child.length > 0) kept[key] = child.map((item) => (isObject(item) ? withoutZeros(item) : item));
    } else if (isObject(child)) {
      if (!MAPS.has(key)) kept[key] = withoutZeros(child);
    } else if (child !== '' && child !== 0 && child !== false && child !== ZERO_NAMES[key]) kept[key] = child;
  }
  return kept;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
