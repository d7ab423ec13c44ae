import type { LoadedMigration } from '../config';
import { didYouMean } from '../config/nearest';
import { UsageError } from './errors';

const MOST_NAMES = 10;

/**
 * Migrations by their names. A name without its environment is enough where only one migration has it.
 *
 * @param names none: all of them
 * @throws UsageError for a name that fits none, or several
 */
export function select(
  all: readonly LoadedMigration[],
  names: readonly string[],
): readonly LoadedMigration[] {
  return names.length === 0 ? all : names.map((name) => selectOne(all, name));
}

/**
 * The one migration of that name.
 *
 * @throws UsageError for a name that fits none, or several
 */
export function selectOne(all: readonly LoadedMigration[], name: string): LoadedMigration {
  const exact = all.find(({ id }) => id === name);
  if (exact) return exact;
  const [first, ...more] = all.filter(({ migration }) => migration.name === name);
  if (!first) {
    const known = all.flatMap(({ id, migration }) => [id, migration.name]);
    throw new UsageError(`✖ no migration is named ${name}; there are ${list(all)}${didYouMean(name, known)}`);
  }
  if (more.length > 0) {
    throw new UsageError(`✖ ${name} is in several environments: say which of ${list([first, ...more])}`);
  }
  return first;
}

function list(migrations: readonly LoadedMigration[]): string {
  const shown = migrations.slice(0, MOST_NAMES).map(({ id }) => id);
  const rest = migrations.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
