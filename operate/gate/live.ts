import type { LoadedMigration } from '../../config';
import { sideServiceName } from '../../config/gateway-api/side-service';
import { renderPhase } from '../../constructs';
import { fieldChanges } from '../../manifests/field-diff';
import type { Phase } from '../../plan/phase';
import { observed } from './check-text';
import { type ClusterView, GATEWAY_ROUTES, type LiveObject, vmHealth } from './cluster';
import { routeFaults } from './route-status';
import type { GateCheck } from './verdict';

const ROUTING = ['VirtualService', 'DestinationRule', 'Service', ...GATEWAY_ROUTES];

/** Fields of a side's Service that decide where requests go; the API server fills in others. */
const ROUTING_SERVICE_FIELDS = ['selector', 'ports'] as const;

/** Checks on the cluster itself before a migration leaves a phase for the next. */
export function liveChecks(
  view: ClusterView,
  loaded: LoadedMigration,
  phase: Phase,
  next: Phase | undefined,
): GateCheck[] {
  const checks = [routesAsInGit(view, loaded, phase)];
  if (next && next.share.vm > 0) {
    const { is, detail } = vmHealth(view, loaded);
    const outcome = { serving: 'go', absent: 'halt', unseen: 'wait' } as const;
    checks.push(observed('VM', outcome[is], detail, 'an endpoint'));
  }
  if (phase.pods && next && next.share.kubernetes > 0) checks.push(podsReady(view, loaded));
  return checks;
}

/** Objects of the cluster that decide where the migration's requests go. */
export function routingObjects(objects: readonly LiveObject[], { migration }: LoadedMigration): LiveObject[] {
  const sides = [sideServiceName(migration, 'vm'), sideServiceName(migration, 'kubernetes')];
  return objects.filter(
    ({ kind, metadata }) =>
      ROUTING.includes(kind) &&
      // The Service that callers use is of another layer.
      (kind !== 'Service' || sides.includes(metadata.name)) &&
      metadata.namespace === migration.namespace &&
      metadata.labels?.['app.kubernetes.io/part-of'] === migration.name,
  );
}

/** Whether the live routes are those of git: weights, subsets, rules. */
export function routesAsInGit(
  view: ClusterView,
  { migration, mesh, ...rest }: LoadedMigration,
  phase: Phase,
): GateCheck {
  const [name, bound] = ['routes', 'as in git'];
  if ('unseen' in view) return observed(name, 'wait', view.unseen, bound);
  const wanted = renderPhase(migration, mesh, phase).routing.filter(({ kind }) => ROUTING.includes(kind));
  const live = routingObjects(view.objects, { migration, mesh, ...rest });
  const faults = wanted.flatMap(({ kind, metadata, spec }) => {
    const found = live.find((one) => one.kind === kind && one.metadata.name === metadata.name);
    if (!found) return [`${kind} ${metadata.name} is not there`];
    // A name where there are several: a migration has one VirtualService, and a route for each port.
    const label = wanted.filter((one) => one.kind === kind).length > 1 ? `${kind} ${metadata.name}` : kind;
    const decisive = kind === 'Service' ? pick(found.spec, ROUTING_SERVICE_FIELDS) : found.spec;
    const changed = fieldChanges(plain(spec), decisive, 'spec').map(
      ({ path, before, after }) =>
        `${label} ${path} is ${JSON.stringify(after)}, not ${JSON.stringify(before)}`,
    );
    return changed.length === 0 && GATEWAY_ROUTES.includes(kind) ? routeFaults(found) : changed;
  });
  const extra = live
    .filter(
      (one) => !wanted.some(({ kind, metadata }) => kind === one.kind && metadata.name === one.metadata.name),
    )
    .map(({ kind, metadata }) => `${kind} ${metadata.name} is still there`);
  const all = [...faults, ...extra];
  // WAIT rather than HALT: a sync may be under way.
  return all.length === 0
    ? observed(name, 'go', 'as in git', bound)
    : observed(
        name,
        'wait',
        `${all.slice(0, 2).join('; ')}${all.length > 2 ? ` and ${all.length - 2} more` : ''}`,
        bound,
      );
}

/** When anybody last changed the routes in the cluster, by the API server's clock; undefined where it does not say. */
export function routesSince(view: ClusterView, loaded: LoadedMigration): Date | undefined {
  if ('unseen' in view) return undefined;
  const times = routingObjects(view.objects, loaded)
    .flatMap(({ metadata }) => metadata.managedFields ?? [])
    .flatMap(({ time, subresource }) => (time && !subresource ? Date.parse(time) : []));
  return times.length > 0 ? new Date(Math.max(...times)) : undefined;
}

/** Whether the Deployment has all the pods that it wants. */
export function podsReady(view: ClusterView, { migration }: LoadedMigration): GateCheck {
  const [name, bound] = ['pods', 'all available'];
  if ('unseen' in view) return observed(name, 'wait', view.unseen, bound);
  const deployment = view.objects.find(
    ({ kind, metadata }) =>
      kind === 'Deployment' &&
      metadata.namespace === migration.namespace &&
      metadata.name === migration.kubernetes?.name,
  );
  if (!deployment)
    return observed(name, 'wait', `there is no Deployment ${migration.kubernetes?.name}`, bound);
  const wanted = Number(deployment.spec?.replicas ?? 1);
  const { availableReplicas = 0, updatedReplicas = 0, observedGeneration } = deployment.status ?? {};
  const generation = (deployment.metadata as { readonly generation?: number }).generation;
  const isNew = generation !== undefined && observedGeneration !== generation;
  const ready = Math.min(Number(availableReplicas), Number(updatedReplicas));
  const outcome = wanted > 0 && ready >= wanted && !isNew ? 'go' : 'wait';
  return observed(name, outcome, `${ready} of ${wanted} available`, bound);
}

/** Drops undefined fields, as an API server does. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function pick(spec: LiveObject['spec'], fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(spec ?? {}).filter(([key]) => fields.includes(key)));
}
