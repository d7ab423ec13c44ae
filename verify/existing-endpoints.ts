import { selects } from '../manifests/manifest';
import { routingIn } from './gateway-routes';
import { ObjectSet } from './object-set';
import type { PhaseState } from './order';
import { destinationRuleOf, weightOf } from './routing';
import type { Endpoint } from './traffic';

/** Endpoints that must exist outside of the manifests: a route gives them a share, and no phase has anything there. */
export function existingEndpoints(phases: readonly PhaseState[]): Endpoint[] {
  const sets = phases.map(({ objects }) => new ObjectSet(objects));
  const workloads = sets.flatMap((objects) => objects.workloads);
  const found = new Map<string, Endpoint>();
  for (const objects of sets) {
    const rules = objects.istio('DestinationRule').map(destinationRuleOf);
    for (const { hosts, routes } of routingIn(objects))
      for (const route of routes)
        for (const destination of route.destinations) {
          const { host, subset: name } = destination;
          if (weightOf(destination, route) === 0) continue;
          const service = sets.map((set) => set.hosts.get(host)).find((one) => one !== undefined);
          const subset = rules.find((rule) => rule.host === host)?.subsets.find((one) => one.name === name);
          const namespace = service?.entry.namespace ?? host.split('.')[1] ?? '';
          // A Service without a subset is one side's where a route of another host leads to it.
          const wanted = subset?.labels ?? (hosts.includes(host) ? undefined : service?.selector);
          if (!wanted || Object.keys(wanted).length === 0) continue;
          if (workloads.some((one) => one.namespace === namespace && selects(wanted, one.labels))) continue;
          const label = `existing endpoints of ${subset ? `subset ${subset.name}` : service?.entry.label}`;
          found.set(`${host} ${label}`, { label, namespace, labels: { ...service?.selector, ...wanted } });
        }
  }
  return [...found.values()];
}
