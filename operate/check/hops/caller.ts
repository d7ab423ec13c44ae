import { type Facts, labelsOf } from '../facts';
import { broken, good, type Look, unknown } from '../hop';
import { effectiveMode } from '../mtls-mode';

/** Whether the caller is one that the mesh can route: a pod with a sidecar. */
export function caller(facts: Facts): Look {
  const { caller: from, phase, loaded } = facts;
  if (typeof from === 'string') return unknown(from);
  const who = `${from.namespace}/${from.name}`;
  if (from.inMesh) return good(`${who} has a sidecar`);
  const fix = `let its namespace inject a sidecar (kubectl label namespace ${from.namespace} istio-injection=enabled), and restart it`;
  const strict = (['vm', 'kubernetes'] as const).find(
    (side) => phase.share[side] > 0 && effectiveMode(facts, labelsOf(loaded, side)).mode === 'STRICT',
  );
  if (strict !== undefined) {
    const { policy } = effectiveMode(facts, labelsOf(loaded, strict));
    return broken(
      `${who} has no sidecar and calls in plain text, and ${policy} lets only mutual TLS in`,
      `${fix}; or set the mode of ${policy} to PERMISSIVE until all callers are in the mesh`,
    );
  }
  return phase.share.vm > 0
    ? broken(`${who} has no sidecar: Kubernetes sends it to pods alone, and never to the VM`, fix)
    : good(`${who} has no sidecar: it goes to the pods as kube-proxy sends it`);
}
