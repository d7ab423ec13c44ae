import { formatPath, type Path } from '../manifests/manifest';
import type { Entry } from './object-set';
import { reasonsOf } from './suppression';
import { withoutFolderNames } from './unnamed-namespace';

/**
 * How much a finding weighs: an `error` is wrong whatever else exists, a `note` depends on what else exists, and what
 * is `ignored` is expected by an annotation of the object.
 */
export type Severity = 'error' | 'note' | 'ignored';

/**
 * How much of a cluster the given objects are.
 *
 * - `files`: some objects; any other may exist elsewhere
 * - `rendering`: all that belongs to a migration, as in a rendered `dist/`; Services and gateways may exist elsewhere
 * - `cluster`: everything (`--complete`)
 */
export type View = 'files' | 'rendering' | 'cluster';

const VIEWS: readonly View[] = ['files', 'rendering', 'cluster'];

/** What a check found. */
export interface Finding {
  /** Stable id of the check, `MF401`: docs/checks/MF401.md explains it. */
  readonly id: string;
  readonly severity: Severity;
  /** What is wrong, in one sentence without a full stop. */
  readonly message: string;
  /** The object: `VirtualService smm-demo/analytics`. */
  readonly object: string;
  /** The field: `spec.http[0].route`; '' for the object as a whole. */
  readonly path: string;
  /** File that holds the object, where it came from one. */
  readonly file?: string;
  /** Line in that file, from 1. */
  readonly line?: number;
  /** What to do about it, in one sentence without a full stop. */
  readonly fix: string;
  /** Why it is ignored, as the annotation says. */
  readonly reason?: string;
}

/** What a check reports; id and place are filled in by whoever ran it. */
export interface ManifestProblem {
  readonly entry: Entry;
  readonly path: Path;
  readonly message: string;
  readonly fix: string;
  /** How much of a cluster must be given for this to be an error. @default - what the check needs */
  readonly needs?: View;
  /**
   * Other objects that make it a problem. It is an error only where they surely share a cluster with `entry`, and none
   * at all where they are alternatives of each other, such as the manifests of two environments.
   *
   * @default - none: it is about `entry` alone
   */
  readonly beside?: readonly Entry[];
  /** Whether it is about something that is not there. @default - whether its path leads nowhere */
  readonly missing?: boolean;
  /** `note` for what is never an error, however much is known. @default - follows from `needs` and `beside` */
  readonly severity?: 'note';
}

/** Whether a view shows all that a check needs to be sure. */
export function shows(view: View, needed: View): boolean {
  return VIEWS.indexOf(view) >= VIEWS.indexOf(needed);
}

/** The finding that a check's problem amounts to. */
export function finding(
  id: string,
  { entry, path, message, fix }: ManifestProblem,
  severity: Severity = 'error',
): Finding {
  const { source } = entry;
  const line = source.lineOf?.(path) ?? source.line;
  const reason = reasonsOf(entry).get(id);
  return {
    id,
    severity: reason === undefined ? severity : 'ignored',
    message: withoutFolderNames(message),
    object: entry.label,
    path: formatPath(path),
    ...(source.file !== undefined && { file: source.file }),
    ...(line !== undefined && { line }),
    fix: withoutFolderNames(fix),
    ...(reason !== undefined && { reason }),
  };
}
