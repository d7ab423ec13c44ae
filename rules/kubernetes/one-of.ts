import type { Path } from '../../manifests/manifest';
import { type Broken, isGiven, type Part } from '../broken';

/** Exactly one of some fields is there. */
export function* exactlyOne(part: Part, keys: readonly string[], path: Path): Generator<Broken> {
  const found = keys.filter((key) => isGiven(part[key]));
  if (found.length !== 1)
    yield {
      path,
      message:
        found.length === 0
          ? `none of ${keys.join(', ')} is there`
          : `${found.join(' and ')} exclude each other`,
      fix: `keep one of ${keys.join(', ')}`,
    };
}
