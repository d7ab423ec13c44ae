import type { Path } from '../../manifests/manifest';
import type { Broken } from '../../rules/broken';
import { problemsOf } from './schema';

/**
 * Broken rules at places that the object's schema has nothing against. A value of the wrong type breaks rules for a
 * reason that is told already.
 */
export function* withoutKnown(manifest: object, rules: Iterable<Broken>): Generator<Broken> {
  const known = problemsOf(manifest).filter(({ sort }) => sort !== 'unknown');
  for (const rule of rules) if (!known.some(({ path }) => touches(path, rule.path))) yield rule;
}

/** Whether one place is in the other. The whole of a spec is a place of its own: it misses what it misses. */
function touches(one: Path, other: Path): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  return (
    (short.length > 1 || short.length === long.length) && short.every((part, index) => part === long[index])
  );
}
