import type { Problem } from '../finding';
import type { ObjectSet } from '../object-set';

/** One check over the objects of a cluster. */
export interface Check {
  /** Stable: it is never given to another check. */
  readonly id: string;
  /** What holds where the check is content, in a few words. */
  readonly title: string;
  /** Codes of `istioctl analyze` that it stands for. @default none: analyze lacks it */
  readonly istio?: readonly string[];
  /** Finds what is wrong. `context` holds objects that exist too, but are not judged here. */
  readonly run: (objects: ObjectSet, context: ObjectSet) => Iterable<Problem>;
}
