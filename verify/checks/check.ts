import type { ManifestProblem, View } from '../finding';
import type { ObjectSet } from '../object-set';

/** One check over the objects of a cluster. */
export interface ManifestCheck {
  /** Stable: it is never given to another check. */
  readonly id: string;
  /** What holds where the check is content, in a few words. */
  readonly title: string;
  /** Codes of `istioctl analyze` that it stands for. @default none: analyze lacks it */
  readonly istio?: readonly string[];
  /**
   * How much of a cluster must be among the files for its findings to be errors. A check that looks at one object, or
   * at objects that are all given, needs the `files`; one that misses something needs more. A problem can say
   * otherwise.
   */
  readonly needs: View;
  /** Finds what is wrong. `context` holds objects that exist too, but are not judged here. */
  readonly run: (objects: ObjectSet, context: ObjectSet) => Iterable<ManifestProblem>;
}
