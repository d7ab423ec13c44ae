import type { Phase } from './phase';
import { type Plannable, plan } from './plan';

/** Where a migration stands in its plan. */
export interface Position {
  readonly phases: readonly Phase[];
  /** Index of the current phase, from 0. */
  readonly index: number;
  readonly phase: Phase;
  /** The phase after it; absent: it is the last one. */
  readonly next?: Phase;
}

/**
 * The position of a migration in its plan.
 *
 * @throws Error where its phase is not in the plan, which no migration that passed the checks of config/ has
 */
export function positionOf(migration: Plannable & { readonly phase: string }): Position {
  const phases = plan(migration);
  const index = phases.findIndex(({ name }) => name === migration.phase);
  const phase = phases[index];
  if (!phase) throw new Error(`the plan has no phase ${migration.phase}`);
  const next = phases[index + 1];
  return { phases, index, phase, ...(next && { next }) };
}
