import type { Source } from '../manifests/manifest';
import { CHECKS } from './checks';
import { type Finding, finding } from './finding';
import { ObjectSet } from './object-set';

/** How to look at objects. */
export interface VerifyOptions {
  /**
   * Objects that exist beside the given ones, to be referred to but not judged.
   *
   * @default - none
   */
  readonly context?: readonly Source[];
}

/**
 * Checks objects that are in one cluster together: each against its schema, and all against each other. What is not
 * among them may still exist, so that a reference to it is a `note` and no `error`.
 *
 * @returns findings in the order of the checks' ids
 */
export function verifyManifests(sources: readonly Source[], { context = [] }: VerifyOptions = {}): Finding[] {
  const objects = new ObjectSet(sources);
  const around = new ObjectSet(context);
  return CHECKS.flatMap(({ id, run }) => Array.from(run(objects, around), (problem) => finding(id, problem)));
}
