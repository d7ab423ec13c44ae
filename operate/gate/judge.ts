import type { LoadedMigration } from '../../config';
import { milliseconds } from '../../config/schema/duration';
import { positionOf } from '../../plan/position';
import { observed, spell } from './check-text';
import type { ClusterView } from './cluster';
import { liveChecks, routesSince } from './live';
import { metricChecks } from './metrics';
import type { Prometheus } from './prometheus';
import { type Since, sinceWords } from './since';
import { type GateCheck, type Verdict, verdictOf } from './verdict';

/** Where a gate looks. */
export interface Sources {
  /** Absent: no Prometheus is declared; checks that need one say `wait`. */
  readonly prometheus?: Prometheus;
  readonly cluster: ClusterView;
  /** Since when the current phase is the current one; absent: no commit tells. */
  readonly since?: Since;
  /** @default the present */
  readonly now?: Date;
}

/**
 * Whether a migration may leave its current phase. Missing or too little data means `wait`, never `go`.
 *
 * @throws PrometheusError where a Prometheus is declared and does not answer
 */
export async function judge(loaded: LoadedMigration, sources: Sources): Promise<Verdict> {
  const { phase, next } = positionOf(loaded.migration);
  const { gate } = loaded.migration;
  const { prometheus, cluster } = sources;
  const checks = [
    soak(sources, loaded),
    ...liveChecks(cluster, loaded, phase, next),
    ...(prometheus
      ? await metricChecks({ prometheus, loaded }, phase, next)
      : phase.share.kubernetes > 0
        ? [observed('requests to pods', 'wait', 'no Prometheus to ask', `≥ ${gate.minRequests}`)]
        : []),
  ];
  return verdictOf(loaded.id, phase.name, checks);
}

/**
 * Whether a migration has been in its phase long enough, by git alone: all that can be asked without a Prometheus.
 */
export function judgeSoak(loaded: LoadedMigration, since: Since | undefined): Verdict {
  const { phase } = positionOf(loaded.migration);
  const sources: Sources = { cluster: { unseen: 'not looked at' }, ...(since && { since }) };
  return verdictOf(loaded.id, phase.name, [soak(sources, loaded)]);
}

/**
 * Counted from the later of two: the merge, and the last change of the routes in the cluster. The check says which, and
 * who says so: the forge and the API server write times by their own clocks, while whoever makes a commit sets its date.
 */
function soak({ since, cluster, now = new Date() }: Sources, loaded: LoadedMigration): GateCheck {
  const { gate } = loaded.migration;
  const [name, bound] = ['soak', `≥ ${spell(gate.soak)}`];
  if (!since) return observed(name, 'wait', 'no commit tells since when', bound);
  const live = routesSince(cluster, loaded);
  const start = Math.max(since.time.getTime(), live?.getTime() ?? 0);
  const seconds = Math.max(0, Math.floor((now.getTime() - start) / 1000));
  const done = seconds * 1000 >= milliseconds(gate.soak);
  const value = seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
  const basis =
    live && live > since.time ? 'since the routes last changed' : `since the merge, ${sinceWords(since)}`;
  return observed(name, done ? 'go' : 'wait', value, bound, { basis });
}
