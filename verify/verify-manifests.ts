import type { Source } from '../manifests/manifest';
import { CHECKS } from './checks';
import { type Finding, finding, shows, type View } from './finding';
import { ObjectSet } from './object-set';

/** How to look at objects. */
export interface VerifyOptions {
  /**
   * Objects that exist beside the given ones, to be referred to but not judged.
   *
   * @default - none
   */
  readonly context?: readonly Source[];
  /**
   * How much of a cluster the objects are: it decides which findings are errors.
   *
   * @default 'files'
   */
  readonly view?: View;
}

/**
 * Checks objects that are in one cluster together: each against its schema, and all against each other. What
 * depends on objects that may exist beside them is a `note`.
 *
 * @returns findings in the order of the checks' ids
 */
export function verifyManifests(
  sources: readonly Source[],
  { context = [], view = 'files' }: VerifyOptions = {},
): Finding[] {
  const objects = new ObjectSet(sources);
  const around = new ObjectSet(context);
  return CHECKS.flatMap(({ id, needs, run }) =>
    Array.from(run(objects, around), (problem) => {
      const sure = shows(view, problem.needs ?? needs);
      return finding(id, problem, problem.severity ?? (sure ? 'error' : 'note'));
    }),
  );
}
