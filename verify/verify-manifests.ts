import type { Source } from '../manifests/manifest';
import { CHECKS } from './checks';
import { Coexistence } from './coexistence';
import { type Finding, finding, type View } from './finding';
import { ObjectSet } from './object-set';
import { severityOf } from './severity';

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
  /** Called before each check, with the part of all checks that is done. @default - nothing is called */
  readonly onCheck?: (done: number) => void;
}

/**
 * Checks objects that are in one cluster together: each against its schema, and all against each other. What
 * depends on objects that may exist beside them is a `note`.
 *
 * @returns findings in the order of the checks' ids
 */
export function verifyManifests(
  sources: readonly Source[],
  { context = [], view = 'files', onCheck = () => undefined }: VerifyOptions = {},
): Finding[] {
  const objects = new ObjectSet(sources);
  const around = new ObjectSet(context);
  const coexistence = view === 'files' ? new Coexistence([...objects.entries, ...around.entries]) : undefined;
  const findings: Finding[] = [];
  for (const [index, { id, needs, run }] of CHECKS.entries()) {
    onCheck(index / CHECKS.length);
    for (const problem of run(objects, around)) {
      const severity = severityOf(problem, problem.needs ?? needs, view, coexistence);
      if (severity) findings.push(finding(id, problem, severity));
    }
  }
  return findings;
}
