import type { EnvoyEndpoint, EnvoyView } from './facts';
import type { Exec, PodName } from './sidecar-exec';

/** Asks a pod's Envoy for its clusters and their endpoints. */
export async function readEnvoy(pod: PodName, exec: Exec): Promise<EnvoyView | string> {
  const { stdout, failed } = await exec(pod, ['pilot-agent', 'request', 'GET', 'clusters']);
  if (failed !== undefined) return `its Envoy could not be asked: ${failed}`;
  return { clusters: clustersIn(stdout) };
}

/** Clusters of Envoy's own listing; a cluster without an endpoint has lines of its own too. */
export function clustersIn(text: string): EnvoyView['clusters'] {
  const clusters = new Map<string, EnvoyEndpoint[]>();
  for (const line of text.split('\n')) {
    const [, name = '', rest = ''] = /^(outbound\|.*?)::(.*)$/.exec(line) ?? [];
    if (name === '') continue;
    const endpoints = clusters.get(name) ?? [];
    clusters.set(name, endpoints);
    const [, address, health] = /^(.*:\d+)::health_flags::(.*)$/.exec(rest) ?? [];
    if (address !== undefined && health !== undefined) endpoints.push({ address, health });
  }
  return clusters;
}
