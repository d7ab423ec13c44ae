import type { LoadedMigration } from '../../config';
import { milliseconds } from '../../config/schema/duration';
import { positionOf } from '../../plan/position';
import type { VmHealth } from '../gate/cluster';
import { age, type Since, sinceWords } from '../gate/since';
import type { Verdict } from '../gate/verdict';
import type { Evidence } from './evidence';
import { type EnvironmentBefore, environmentBefore, frozen, gateOpen, vmServes } from './guards';
import type { MergedState } from './merged-state';
import { chooseMove, type Move, type MoveRequest } from './move';
import { isOpen, refuseProposed } from './proposals';
import { type Proposal, type ProposeOptions, propose } from './propose';
import { Refusal } from './refusal';
import { type MergeTime, sinceOf } from './since';

/** Looks at what is outside of git before a migration moves. */
export interface Observer {
  /** Whether clients have the VM as an endpoint. */
  vm(loaded: LoadedMigration): Promise<VmHealth>;
  /** What the gate of the current phase says; undefined where there is nothing to be asked. */
  gate(loaded: LoadedMigration, since: Since | undefined): Promise<Verdict | undefined>;
  readonly mergeTime: MergeTime;
}

/** How to promote. */
export interface PromoteOptions extends ProposeOptions {
  /** Passes over refusals that a person can judge (gate, VM, environment, freeze), and says why. */
  readonly despite?: string;
}

/** Refusals that a person may pass over. Passing over any other would leave something broken. */
const CAN_BE_PASSED = new Set(['halt', 'notYet', 'vm', 'environment', 'frozen']);

/**
 * Proposes a move of one migration, or refuses it.
 *
 * @throws Refusal
 */
export async function promote(
  state: MergedState,
  loaded: LoadedMigration,
  request: MoveRequest,
  observer: Observer,
  { despite, ...options }: PromoteOptions,
): Promise<Proposal> {
  const { id, file } = loaded;
  const move = chooseMove(loaded.migration, id, request);
  const target = { id, phase: move.to.name, file, urgent: !move.forward };
  await refuseProposed(state.base, state.branches, target);
  const since = (await sinceOf(state.base, [file], observer.mergeTime)).get(file);
  const verdict = move.forward ? await observer.gate(loaded, since) : undefined;
  const refusals = [
    frozen(move, loaded, state.from),
    move.forward ? environmentBefore(id, move, await environmentOf(state, loaded, observer)) : undefined,
    move.to.share.vm > move.from.share.vm ? vmServes(id, move, await observer.vm(loaded)) : undefined,
    gateOpen(move, verdict),
  ].filter((refusal) => refusal !== undefined);
  const [first] = refusals;
  if (first && despite === undefined) throw passable(first);
  const passed =
    despite !== undefined && first ? { reason: despite, refusals: refusals.map(whatOf) } : undefined;
  const evidence: Evidence = {
    id,
    ...move,
    ...nextOf(loaded, move),
    ...(verdict && { verdict }),
    ...(since && { since }),
    ...(passed && { despite: passed }),
  };
  return propose(state, loaded, evidence, options);
}

/** How many proposals are open, of any migration. */
export async function countOpen({ base, branches, migrations }: MergedState): Promise<number> {
  const files = new Map(migrations.map((loaded) => [loaded.id, loaded.file]));
  const open = await Promise.all(
    branches.map((branch) => {
      const file = files.get(branch.id);
      return file !== undefined && isOpen(base, branch, file);
    }),
  );
  return open.filter(Boolean).length;
}

function nextOf({ migration }: LoadedMigration, { number }: Move): Pick<Evidence, 'next'> {
  const next = positionOf(migration).phases[number];
  return next ? { next } : {};
}

function whatOf({ what }: Refusal): string {
  return what;
}

async function environmentOf(
  state: MergedState,
  { migration, mesh }: LoadedMigration,
  observer: Observer,
): Promise<EnvironmentBefore | undefined> {
  const name = mesh.after;
  if (name === undefined) return undefined;
  const there = state.migrations.filter(({ environment }) => environment === name);
  const first = there.find((one) => one.migration.name === migration.name);
  // Its migration is done and its file removed, or it never had one: then nothing goes first.
  if (!first) return undefined;
  const since = (await sinceOf(state.base, [first.file], observer.mergeTime)).get(first.file);
  const needed = milliseconds(first.migration.gate.soak);
  const current = since === undefined ? 0 : Date.now() - since.time.getTime();
  return {
    loaded: first,
    soaked: current >= needed,
    wait: `${age(current)} of ${age(needed)}${since ? `, ${sinceWords(since)}` : ''}`,
  };
}

function passable(refusal: Refusal): Refusal {
  if (!CAN_BE_PASSED.has(refusal.reason)) return refusal;
  return new Refusal(
    refusal.reason,
    refusal.what,
    `${refusal.wayOut}; or say why it may pass: --despite 'reason'`,
  );
}
