import type { LoadedMigration } from '../../config';
import { queriesFor } from '../../metrics/queries';
import type { Phase } from '../../plan/phase';
import { positionOf } from '../../plan/position';
import { type ClusterView, vmHealth } from './cluster';
import { judge, type Sources } from './judge';
import { podsReady, routesAsInGit } from './live';
import type { Since } from './since';
import type { Verdict } from './verdict';

/** Where a migration stands, in git and in the cluster. */
export interface MigrationState {
  /** `prod/analytics`. */
  readonly id: string;
  /** Phase in git, its position in the plan from 1, and the phases in it. */
  readonly phase: string;
  readonly number: number;
  readonly of: number;
  /** Phase whose routes are live; null: the live routes fit no phase; absent: no cluster was seen. */
  readonly synced?: string | null;
  /** Share that git declares, and the share measured recently, in percent; absent: not measured, or no requests. */
  readonly declared: { readonly vm: number; readonly kubernetes: number };
  readonly measured?: { readonly vm: number; readonly kubernetes: number };
  /** What is seen of both sides, in a few words; absent: not part of the phase. */
  readonly vm?: string;
  readonly pods?: string;
  readonly verdict: Verdict;
  /** When the phase became the current one, and who says so. */
  readonly since?: string;
  readonly sinceBy?: Since['by'];
  /** Why a person should look; empty: no need. */
  readonly attention: readonly string[];
}

/**
 * Reads the state of a migration from git, the cluster and Prometheus.
 *
 * @throws PrometheusError where a Prometheus is declared and does not answer
 */
export async function stateOf(loaded: LoadedMigration, sources: Sources): Promise<MigrationState> {
  const { phases, index, phase } = positionOf(loaded.migration);
  const verdict = await judge(loaded, sources);
  const synced = syncedPhase(sources.cluster, loaded, phase, phases);
  const vm = phase.vm ? vmHealth(sources.cluster, loaded) : undefined;
  const pods = phase.pods ? podsReady(sources.cluster, loaded) : undefined;
  const measured = await measuredShare(loaded, sources);
  return {
    id: loaded.id,
    phase: phase.name,
    number: index + 1,
    of: phases.length,
    ...(synced !== undefined && { synced }),
    declared: phase.share,
    ...(measured && { measured }),
    ...(vm && { vm: vm.is === 'unseen' ? 'unseen' : vm.detail }),
    ...(pods && { pods: 'unseen' in sources.cluster ? 'unseen' : pods.value }),
    verdict,
    ...(sources.since && { since: sources.since.time.toISOString(), sinceBy: sources.since.by }),
    attention: [
      ...verdict.checks.filter(({ outcome }) => outcome === 'halt').map(({ text }) => text),
      ...(synced !== undefined && synced !== phase.name && isOld(sources)
        ? [
            `${phase.name} is merged and not synced: ${synced ? `the routes are those of ${synced}` : 'the routes are those of no phase'}`,
          ]
        : []),
      ...(phase.share.vm > 0 && vm?.is === 'absent'
        ? [`the VM gets ${phase.share.vm} % and does not serve: ${vm.detail}`]
        : []),
      ...(phase.share.kubernetes > 0 && pods?.value.startsWith('0 of')
        ? [`the pods get ${phase.share.kubernetes} % and none is available`]
        : []),
    ],
  };
}

const SYNC_MS = 10 * 60_000;

/** A sync takes a while: only one that is long overdue needs a person. */
function isOld({ since, now = new Date() }: Sources): boolean {
  return since !== undefined && now.getTime() - since.time.getTime() > SYNC_MS;
}

/** The current phase where its routes are live, else another one with these routes, else none. */
function syncedPhase(
  view: ClusterView,
  loaded: LoadedMigration,
  phase: Phase,
  phases: readonly Phase[],
): string | null | undefined {
  if ('unseen' in view) return undefined;
  const live = [phase, ...phases].find((one) => routesAsInGit(view, loaded, one).outcome === 'go');
  return live?.name ?? null;
}

async function measuredShare(loaded: LoadedMigration, { prometheus }: Sources) {
  if (!prometheus) return undefined;
  const { migration } = loaded;
  const { requests } = queriesFor(loaded);
  const { window } = migration.gate;
  const [vm = 0, kubernetes = 0] = await Promise.all([
    prometheus.number(requests('vm', window)),
    migration.kubernetes ? prometheus.number(requests('kubernetes', window)) : undefined,
  ]);
  const all = vm + kubernetes;
  const percent = (part: number) => Math.round((1000 * part) / all) / 10;
  return all > 0 ? { vm: percent(vm), kubernetes: percent(kubernetes) } : undefined;
}
