import type { LoadedMigration } from '../../config';
import type { Verdict } from '../gate/verdict';
import type { ForgeName } from './forge';
import { environmentBefore, frozen, gateOpen, type VmSight, vmServes } from './guards';
import { currentSince } from './history';
import { chooseMove, type Wish } from './move';
import { isOpen, refuseProposed } from './proposals';
import { type Proposed, propose } from './propose';
import { Refusal } from './refusal';
import type { Session } from './session';

/** What is asked of the outside before a migration moves. */
export interface Lookout {
  /** Whether clients have the VM as an endpoint. */
  vm(loaded: LoadedMigration): Promise<VmSight>;
  /** What the gate of the current phase says; undefined where there is nothing to be asked. */
  gate(loaded: LoadedMigration, since: Date | undefined): Promise<Verdict | undefined>;
  /** How long a phase has to be current in an environment before the next environment may follow, in milliseconds. */
  soak(loaded: LoadedMigration): number;
  /** Name of the environment that goes first; undefined where there is none. */
  before(loaded: LoadedMigration): string | undefined;
}

/** How to promote. */
export interface PromoteOptions {
  readonly dryRun?: boolean;
  readonly forge?: ForgeName;
  /** Passes over refusals that a person can judge (gate, VM, environment, freeze), and says why. */
  readonly despite?: string;
}

/** Refusals that a person may pass over: the others would leave something broken. */
const CAN_BE_PASSED = new Set(['halt', 'notYet', 'vm', 'environment', 'frozen']);

/**
 * Proposes a move of one migration, or refuses it.
 *
 * @throws Refusal
 */
export async function promote(
  session: Session,
  loaded: LoadedMigration,
  wish: Wish,
  lookout: Lookout,
  { despite, ...options }: PromoteOptions = {},
): Promise<Proposed> {
  const id = loaded.id;
  const move = chooseMove(loaded.migration, id, wish);
  const { file } = loaded;
  const target = { id, phase: move.to.name, file, urgent: !move.forward };
  await refuseProposed(session.base, session.proposals, target);
  const since = (await currentSince(session.base, [file])).get(file);
  const verdict = move.forward ? await lookout.gate(loaded, since) : undefined;
  const refusals = [
    frozen(move, loaded, session.from),
    move.forward ? environmentBefore(id, move, await environmentOf(session, loaded, lookout)) : undefined,
    move.to.share.vm > move.from.share.vm ? vmServes(id, move, await lookout.vm(loaded)) : undefined,
    gateOpen(move, verdict),
  ].filter((refusal) => refusal !== undefined);
  const [first] = refusals;
  if (first && despite === undefined) throw passable(first);
  return propose(
    session,
    {
      loaded,
      move,
      ...(verdict && { verdict }),
      ...(since && { soaked: age(Date.now() - since.getTime()) }),
      ...(despite !== undefined && refusals.length > 0 && { despite: { refusals, reason: despite } }),
    },
    options,
  );
}

/** How many proposals are open, of any migration. */
export async function countOpen({ base, proposals, migrations }: Session): Promise<number> {
  const files = new Map(migrations.map((loaded) => [loaded.id, loaded.file]));
  const open = await Promise.all(
    proposals.map((proposal) => {
      const file = files.get(proposal.id);
      return file !== undefined && isOpen(base, proposal, file);
    }),
  );
  return open.filter(Boolean).length;
}

async function environmentOf(session: Session, loaded: LoadedMigration, lookout: Lookout) {
  const name = lookout.before(loaded);
  if (name === undefined) return undefined;
  const there = session.migrations.filter(({ environment }) => environment === name);
  // A name that is written wrong would guard nothing, in silence.
  if (there.length === 0) {
    throw new Refusal(
      'environment',
      `${loaded.id} comes after ${name}, and no migration is in ${session.from}/${name}`,
      `say in mesh.yaml which environment goes first: after`,
    );
  }
  const first = there.find(({ migration }) => migration.name === loaded.migration.name);
  // Through, and its file removed, or never there: then nothing goes first.
  if (!first) return undefined;
  const since = (await currentSince(session.base, [first.file])).get(first.file);
  const needed = lookout.soak(first);
  const current = since === undefined ? 0 : Date.now() - since.getTime();
  return {
    loaded: first,
    id: first.id,
    soaked: current >= needed,
    wait: `${age(current)} of ${age(needed)}`,
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

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

/** A time in the largest unit that it holds at least twice: `26 h`, `90 s`. */
export function age(milliseconds: number): string {
  const [size, unit] = UNITS.find(([one]) => milliseconds >= 2 * one) ?? [1000, 's'];
  return `${Math.floor(milliseconds / size)} ${unit}`;
}
