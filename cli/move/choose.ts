import type { LoadedMigration } from '../../config';
import type { MergedState } from '../../operate/promote/merged-state';
import type { MoveRequest } from '../../operate/promote/move';
import { positionOf } from '../../plan/position';
import { UsageError } from '../errors';
import { select } from '../select';

/** A migration, and what is asked for it. */
export interface Chosen {
  readonly loaded: LoadedMigration;
  readonly request: MoveRequest;
}

type Migrations = Pick<MergedState, 'migrations'>;

/** Migrations by their names. */
export function chooseNamed(
  { migrations }: Migrations,
  names: readonly string[],
  request: MoveRequest,
): readonly Chosen[] {
  return select(migrations, names).map((loaded) => ({ loaded, request }));
}

/** Every migration that has a next phase. */
export function chooseAll({ migrations }: Migrations): readonly Chosen[] {
  return migrations
    .filter(({ migration }) => positionOf(migration).next !== undefined)
    .map((loaded) => ({ loaded, request: { kind: 'next' } }));
}

/**
 * Migrations, and the phase that they are to go to: the word before their names or the one after.
 *
 * @throws UsageError where there are no names
 */
export function chooseGoto(state: Migrations, words: readonly string[]): readonly Chosen[] {
  if (words.length < 2) throw new UsageError('✖ name a migration and a phase: meshferry goto NAME PHASE');
  const isName = (word: string) =>
    state.migrations.some(({ id, migration }) => word === id || word === migration.name);
  const [first = '', last = ''] = [words[0], words.at(-1)];
  // A migration may be named as a phase is: then the phase comes first.
  const isPhaseLast = isName(first) && !isName(last);
  const [phase, names] = isPhaseLast ? [last, words.slice(0, -1)] : [first, words.slice(1)];
  return chooseNamed(state, names, { kind: 'goto', phase });
}
