import type { LoadedMigration } from '../../config';
import { milliseconds } from '../../config/schema/duration';
import type { Gate } from '../../config/schema/gate';
import { plan } from '../../plan/plan';
import { said, spell } from './check-text';
import type { ClusterView } from './cluster';
import { liveChecks, routesSince } from './live';
import { metricChecks } from './metrics';
import type { Prometheus } from './prometheus';
import { type Check, type Verdict, verdictOf } from './verdict';

/** Where a gate looks. */
export interface Sources {
  /** Absent: there is none to ask, and what only it could answer is "not yet". */
  readonly prometheus?: Prometheus;
  readonly cluster: ClusterView;
  /** When the current phase was merged. */
  readonly since?: Date;
  /** @default the present */
  readonly now?: Date;
}

/**
 * Whether a migration may leave its current phase. What cannot be seen, is empty or too little says "not yet", never yes.
 *
 * @throws PrometheusError where Prometheus is there and does not answer
 */
export async function judge(
  id: string,
  loaded: LoadedMigration,
  gate: Gate,
  sources: Sources,
): Promise<Verdict> {
  const phases = plan(loaded.migration);
  const at = phases.findIndex(({ name }) => name === loaded.migration.phase);
  const phase = phases[at];
  if (!phase) throw new Error(`${loaded.migration.phase} is not in the plan of ${id}`);
  const next = phases[at + 1];
  const { prometheus, cluster } = sources;
  const checks = [
    soak(gate, sources, loaded),
    ...liveChecks(cluster, loaded, phase, next),
    ...(prometheus
      ? await metricChecks({ prometheus, loaded, gate }, phase, next)
      : phase.share.kubernetes > 0
        ? [said('requests to pods', 'wait', 'no Prometheus to ask', `≥ ${gate.minRequests}`)]
        : []),
  ];
  return verdictOf(id, phase.name, checks);
}

/** Counted from the later of two: the merge, and the last change of the routes in the cluster. */
function soak(gate: Gate, { since, cluster, now = new Date() }: Sources, loaded: LoadedMigration): Check {
  const [name, bound] = ['soak', `≥ ${spell(gate.soak)}`];
  if (!since) return said(name, 'wait', 'no commit tells since when', bound);
  const live = routesSince(cluster, loaded);
  const start = Math.max(since.getTime(), live?.getTime() ?? 0);
  const seconds = Math.max(0, Math.floor((now.getTime() - start) / 1000));
  const done = seconds * 1000 >= milliseconds(gate.soak);
  const value = seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
  const basis = live && live > since ? 'since the routes last changed' : 'since the merge';
  return said(name, done ? 'go' : 'wait', value, bound, { basis });
}
