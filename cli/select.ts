import type { LoadedMigration } from '../config';
import { idOf } from '../operate/promote/session';
import { UsageError } from './errors';

/**
 * Migrations by their names, with the environment in front where a name alone is not unique.
 *
 * @param names none: all of them
 * @throws UsageError for a name that fits none, or several
 */
export function select(
  all: readonly LoadedMigration[],
  names: readonly string[],
): readonly LoadedMigration[] {
  if (names.length === 0) return all;
  return names.map((name) => {
    const found = all.filter((loaded) => name === idOf(loaded) || name === loaded.migration.name);
    const exact = found.find((loaded) => idOf(loaded) === name);
    const [first, second] = exact ? [exact] : found;
    if (!first)
      throw new UsageError(`✖ no migration is named ${name}; there are ${all.map(idOf).join(', ')}`);
    if (second)
      throw new UsageError(
        `✖ ${name} is in several environments: say which of ${found.map(idOf).join(', ')}`,
      );
    return first;
  });
}
