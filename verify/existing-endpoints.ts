import { selects } from '../manifests/manifest';
import { ObjectSet } from './object-set';
import type { PhaseState } from './order';
import { destinationRuleOf, virtualServiceOf, weightOf } from './routing';
import type { Endpoint } from './traffic';

/** Endpoints that must exist outside of the manifests: a route gives them a share, and no phase has anything there. */
export function existingEndpoints(phases: readonly PhaseState[]): Endpoint[] {
  const sets = phases.map(({ objects }) => new ObjectSet(objects));
  const workloads = sets.flatMap((objects) => objects.workloads);
  const found = new Map<string, Endpoint>();
  for (const objects of sets) {
    const rules = objects.istio('DestinationRule').map(destinationRuleOf);
    for (const { routes } of objects.istio('VirtualService').map(virtualServiceOf))
      for (const route of routes)
        for (const destination of route.destinations) {
          const { host, subset: name } = destination;
          const subset = rules.find((rule) => rule.host === host)?.subsets.find((one) => one.name === name);
          if (!subset || weightOf(destination, route) === 0) continue;
          const service = sets.map((set) => set.hosts.get(host)).find((one) => one !== undefined);
          const namespace = service?.entry.namespace ?? host.split('.')[1] ?? '';
          if (workloads.some((one) => one.namespace === namespace && selects(subset.labels, one.labels)))
            continue;
          const label = `existing endpoints of subset ${subset.name}`;
          found.set(`${host} ${label}`, {
            label,
            namespace,
            labels: { ...service?.selector, ...subset.labels },
          });
        }
  }
  return [...found.values()];
}
