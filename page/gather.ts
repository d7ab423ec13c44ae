import type { LoadedMigration } from '../config';
import { renderPhase } from '../constructs';
import { machineQueries } from '../metrics/machine-queries';
import type { Sources } from '../operate/gate/judge';
import { type Prometheus, PrometheusError } from '../operate/gate/prometheus';
import { stateOf } from '../operate/gate/state';
import { chooseMove } from '../operate/promote/move';
import type { ProposalBranch } from '../operate/promote/proposals';
import { Refusal } from '../operate/promote/refusal';
import { phaseChanges } from '../operate/report/phase-changes';
import { topologyOf } from '../operate/topology/graph';
import { measureTraffic, type Traffic } from '../operate/topology/traffic';
import { positionOf } from '../plan/position';
import type { ForgeLinks } from './forge-links';
import type { MigrationModel } from './model';

/** How far back the measured share is shown. */
const SPAN_MS = 6 * 60 * 60_000;

/** Where a migration's facts come from. */
export interface GatherOptions {
  readonly sources: Sources;
  /** Branches that are open proposals of this migration. */
  readonly proposals: readonly ProposalBranch[];
  readonly links?: ForgeLinks;
  readonly now: Date;
}

/**
 * All that the page shows of a migration. A Prometheus that does not answer takes nothing away from what git and the
 * cluster know: it becomes a reason to look.
 */
export async function gatherMigration(
  loaded: LoadedMigration,
  { sources, proposals, links, now }: GatherOptions,
): Promise<MigrationModel> {
  try {
    return await gather(loaded, { sources, proposals, links, now });
  } catch (error) {
    if (!(error instanceof PrometheusError)) throw error;
    const { prometheus: _, ...rest } = sources;
    const model = await gather(loaded, { sources: rest, proposals, links, now });
    const attention = [error.message.replace(/^✖ /, ''), ...model.state.attention];
    return { ...model, state: { ...model.state, attention } };
  }
}

async function gather(
  loaded: LoadedMigration,
  { sources, proposals, links, now }: GatherOptions,
): Promise<MigrationModel> {
  const { migration, mesh } = loaded;
  const { phases, index, phase, next } = positionOf(migration);
  const state = await stateOf(loaded, sources);
  const traffic: Traffic | undefined =
    sources.prometheus && (await measureTraffic(loaded, sources.prometheus, { now, span: SPAN_MS }));
  const layers = (of: typeof phase) => renderPhase(migration, mesh, of);
  return {
    state,
    host: `${migration.service.name}.${migration.namespace}`,
    phases,
    index,
    ...(next && { next: phaseChanges(layers(phase), layers(next)) }),
    topology: topologyOf(loaded, phase, {
      ...(state.vm !== undefined && { vm: state.vm }),
      ...(state.pods !== undefined && { pods: state.pods }),
      ...(traffic && { traffic }),
    }),
    history: traffic?.history ?? [],
    expiry: phase.vm && sources.prometheus ? await expiryOf(loaded, sources.prometheus) : {},
    moves: (['next', 'back', 'abort'] as const).flatMap((kind) => moveOf(loaded, kind) ?? []),
    proposals: proposals.map(({ phase: to, branch }) => ({
      phase: to,
      branch,
      ...(links && { url: links.branch(branch) }),
    })),
    ...(links && { manifests: links.folder(`dist/${loaded.id}`) }),
  };
}

/** The move of that kind; undefined where the plan has none. */
function moveOf({ migration, id }: LoadedMigration, kind: 'next' | 'back' | 'abort') {
  try {
    return { kind, to: chooseMove(migration, id, { kind }).to.name };
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** When the first certificate and the first token of the machines end, as their agents tell Prometheus. */
async function expiryOf(
  { migration }: LoadedMigration,
  prometheus: Prometheus,
): Promise<MigrationModel['expiry']> {
  const queries = machineQueries(migration);
  const [certificate, token] = await Promise.all(
    [queries.certificate, queries.token].map((query) => prometheus.number(query)),
  );
  return {
    ...(certificate !== undefined && { certificate: certificate * 1000 }),
    ...(token !== undefined && { token: token * 1000 }),
  };
}
