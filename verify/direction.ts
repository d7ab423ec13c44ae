import { selects } from '../manifests/manifest';
import { type Finding, finding } from './finding';
import { routingIn } from './gateway-routes';
import { ObjectSet } from './object-set';
import type { PhaseState } from './order';
import { destinationRuleOf, type Route, weightOf } from './routing';

/** Weights of a migration rise or fall; a VM that joins beside pods may leave again, but what it gave away stays given. */
export function verifyDirection(phases: readonly PhaseState[]): Finding[] {
  const groups = phases.flatMap(({ objects }) =>
    new ObjectSet(objects).workloads.filter(({ side }) => side === 'vm').map(({ labels }) => labels),
  );
  const fell = new Map<string, { name: string; from: number; to: number }>();
  const last = new Map<string, { share: number; phase: string }>();
  const findings: Finding[] = [];
  for (const phase of phases) {
    const objects = new ObjectSet(phase.objects);
    const rules = objects.istio('DestinationRule').map(destinationRuleOf);
    for (const { entry, routes } of routingIn(objects)) {
      const shares = routes.flatMap((route) => [
        ...sideShares(route, objects, groups),
        ...rules.flatMap(({ host, subsets }) => {
          const vms = subsets.filter((subset) => groups.some((labels) => selects(subset.labels, labels)));
          const own = route.destinations.filter((to) => to.host === host && to.subset !== undefined);
          const named = own.filter((to) => vms.some(({ name }) => name === to.subset));
          return own.length > 0 ? [named.reduce((sum, to) => sum + weightOf(to, route), 0)] : [];
        }),
      ]);
      if (shares.length === 0) continue;
      const share = Math.max(...shares);
      const before = last.get(entry.key);
      last.set(entry.key, { share, phase: phase.name });
      if (!before) continue;
      if (share < before.share) fell.set(entry.key, { name: phase.name, from: before.share, to: share });
      const fall = fell.get(entry.key);
      if (fall && share > before.share)
        findings.push(
          finding('MF607', {
            entry,
            path: ['spec'],
            message: `${phase.name} gives the VM ${share} % again, after ${fall.name} took it from ${fall.from} % to ${fall.to} %`,
            fix: 'let the steps rise or fall throughout; to go back, move to an earlier phase',
          }),
        );
    }
  }
  return findings;
}

/** The VM's share where a route splits between Services that select one side each. */
function sideShares(
  route: Route,
  objects: ObjectSet,
  groups: readonly Readonly<Record<string, string>>[],
): number[] {
  const sides = route.destinations.filter(({ subset }) => subset === undefined);
  if (sides.length < 2) return [];
  const ofVm = sides.filter(({ host }) => {
    const selector = objects.hosts.get(host)?.selector;
    return selector && groups.some((labels) => selects(selector, labels));
  });
  return [ofVm.reduce((sum, to) => sum + weightOf(to, route), 0)];
}
