import { parse } from 'yaml';
import type { WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';

/** What a change of the files requires, from nothing to a restart of Istio. */
export type Effect =
  /** pilot-agent reads the file again by itself. */
  | 'none'
  /** The capture rules of some ports change; Envoy keeps running. */
  | 'capture'
  /** pilot-agent and Envoy read it only when they start. */
  | 'restart';

/** The files that carry Istio's configuration. */
export interface ConfigFiles {
  readonly mesh: string;
  readonly clusterEnv: string;
}

/** Keys that follow the group's ports. */
const PORT_KEYS = new Set(['ISTIO_INBOUND_PORTS', 'ISTIO_META_POD_PORTS']);

/**
 * What a change of the files requires. The root certificate, the token and the hosts file are no part of it:
 * pilot-agent reads them again by itself.
 */
export function effectOf(before: ConfigFiles, after: ConfigFiles): Effect {
  const meshChanged = changedKeys(proxyConfig(before.mesh), proxyConfig(after.mesh));
  const proxyMetadata = changedKeys(metadata(before.mesh), metadata(after.mesh));
  const environment = changedKeys(readEnvironment(before.clusterEnv), readEnvironment(after.clusterEnv));
  const keys = [...meshChanged.filter((key) => key !== 'proxyMetadata'), ...proxyMetadata, ...environment];
  if (keys.length === 0) return 'none';
  const wildcard = [before, after].some(
    ({ clusterEnv }) => readEnvironment(clusterEnv).ISTIO_INBOUND_PORTS === '*',
  );
  return keys.every((key) => PORT_KEYS.has(key)) && !wildcard ? 'capture' : 'restart';
}

/** Ports that were added and removed between two cluster.env files. */
export function changedPorts(
  before: string,
  after: string,
): { readonly added: number[]; readonly removed: number[] } {
  const [old, now] = [before, after].map((text) => inboundPorts(text));
  return {
    added: [...(now ?? [])].filter((port) => !old?.has(port)),
    removed: [...(old ?? [])].filter((port) => !now?.has(port)),
  };
}

/** The variables of a cluster.env, unquoted. */
export function readEnvironment(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => {
        const at = line.indexOf('=');
        const quoted = line.slice(at + 1).replaceAll(`'"'"'`, '\0');
        return [line.slice(0, at), quoted.replace(/^'(.*)'$/s, '$1').replaceAll('\0', "'")];
      }),
  );
}

/** Fields of an entry that no longer match its group. istiod does not update an existing entry. */
export function staleFields(group: WorkloadGroup, entry: WorkloadEntry): string[] {
  const template = group.spec.template ?? {};
  const stale: string[] = [];
  const differ = (a: unknown, b: unknown) =>
    JSON.stringify(sorted(a ?? {})) !== JSON.stringify(sorted(b ?? {}));
  if (differ(template.ports, entry.spec.ports)) stale.push('ports');
  const wanted = { ...template.labels, ...group.spec.metadata?.labels };
  const labels = entry.spec.labels ?? {};
  if (Object.entries(wanted).some(([key, value]) => labels[key] !== value)) stale.push('labels');
  if ((template.weight ?? 0) !== (entry.spec.weight ?? 0)) stale.push('weight');
  if (template.locality && template.locality !== entry.spec.locality) stale.push('locality');
  if ((template.serviceAccount || 'default') !== (entry.spec.serviceAccount || 'default'))
    stale.push('serviceAccount');
  const probed = entry.metadata.annotations?.['proxy.istio.io/health-checks-enabled'] === 'true';
  if (probed !== (group.spec.probe !== undefined)) stale.push('probe');
  return stale;
}

function inboundPorts(clusterEnv: string): Set<number> {
  const list = readEnvironment(clusterEnv).ISTIO_INBOUND_PORTS ?? '';
  return new Set(list.split(',').map(Number).filter(Boolean));
}

function proxyConfig(mesh: string): Record<string, unknown> {
  return ((parse(mesh) as { defaultConfig?: Record<string, unknown> } | null)?.defaultConfig ?? {}) as Record<
    string,
    unknown
  >;
}

function metadata(mesh: string): Record<string, unknown> {
  return (proxyConfig(mesh).proxyMetadata ?? {}) as Record<string, unknown>;
}

function changedKeys(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
