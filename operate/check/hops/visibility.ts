import type { LiveObject } from '../../gate/cluster';
import { type Facts, hostOf, nameOf, ofKind, serviceOf } from '../facts';
import { broken, good, type Look, unknown } from '../hop';
import { holds, type Labels } from '../labels';

interface Sidecar {
  readonly workloadSelector?: { readonly labels?: Labels };
  readonly egress?: readonly { readonly hosts?: readonly string[] }[];
}

/** Whether the caller's Envoy is told of the host: no Sidecar leaves it out, and its Service is exported to it. */
export function visibility(facts: Facts): Look {
  const { caller, loaded, envoy } = facts;
  if (typeof caller === 'string' || !caller.inMesh) return unknown('there is no sidecar to ask');
  const host = hostOf(loaded);
  const { namespace } = loaded.migration;
  const exported = serviceOf(facts)?.metadata.annotations?.['networking.istio.io/exportTo'];
  if (exported !== undefined && !isExported(exported.split(','), namespace, caller.namespace))
    return broken(
      `the annotation networking.istio.io/exportTo of Service ${namespace}/${loaded.migration.service.name} keeps it from ${caller.namespace}`,
      `add ${caller.namespace} to it, or remove it`,
    );
  const sidecar = sidecarOf(facts, caller);
  const egress = (sidecar?.spec as Sidecar | undefined)?.egress;
  if (sidecar && egress && !egress.some(({ hosts = [] }) => admits(hosts, host, namespace, caller.namespace)))
    return broken(
      `${nameOf(sidecar)} hides ${host} from the caller: none of its egress hosts is this one`,
      `add "${namespace}/${host}" to its egress hosts`,
    );
  if (typeof envoy === 'string') return unknown(envoy);
  const known = [...envoy.clusters.keys()].filter((cluster) => cluster.includes(`|${host}`));
  return known.length === 0
    ? broken(
        `the caller's Envoy has no cluster for ${host}, though nothing hides it`,
        `see what istiod sends it: istioctl proxy-status; kubectl -n ${caller.namespace} delete pod ${caller.name} makes it ask anew`,
      )
    : good(`the caller's Envoy has ${known.length} clusters for ${host}`);
}

/** Whether a list such as VirtualServices and Services have lets a namespace see an object. */
export function isExported(to: readonly string[], home: string, caller: string): boolean {
  return to.some((one) => {
    const name = one.trim();
    return name === '*' || name === caller || (name === '.' && home === caller);
  });
}

/** The one that selects the pod, else that of its namespace, else that of the mesh. */
function sidecarOf(
  facts: Facts,
  pod: { readonly namespace: string; readonly labels: Labels },
): LiveObject | undefined {
  const inNamespace = (namespace: string) => ofKind(facts, 'Sidecar', namespace);
  const selectorOf = ({ spec }: LiveObject) => (spec as Sidecar | undefined)?.workloadSelector?.labels;
  const isWide = (one: LiveObject) => selectorOf(one) === undefined;
  return (
    inNamespace(pod.namespace).find((one) => !isWide(one) && holds(pod.labels, selectorOf(one))) ??
    inNamespace(pod.namespace).find(isWide) ??
    inNamespace(facts.loaded.mesh.namespace).find(isWide)
  );
}

/** `ns/host`, where both may be `*`, the namespace `.`, and the host may begin with `*.`. */
function admits(hosts: readonly string[], host: string, home: string, caller: string): boolean {
  return hosts.some((pattern) => {
    const [namespace = '', name = ''] = pattern.split('/');
    const isThere = namespace === '*' || namespace === home || (namespace === '.' && home === caller);
    return (
      isThere && (name === '*' || name === host || (name.startsWith('*.') && host.endsWith(name.slice(1))))
    );
  });
}
