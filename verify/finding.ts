import { formatPath, type Path } from '../manifests/manifest';
import type { Entry } from './object-set';

/** How much a finding weighs: an `error` is wrong whatever else exists, a `note` cannot be judged from here. */
export type Severity = 'error' | 'note';

/** What a check found. */
export interface Finding {
  /** Stable id of the check, `MF401`: docs/checks.md explains each. */
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
}

/** What a check reports; id and place are filled in by whoever ran it. */
export interface Problem {
  readonly entry: Entry;
  readonly path: Path;
  readonly message: string;
  readonly fix: string;
  /** @default 'error' */
  readonly severity?: Severity;
}

/** The finding that a check's problem amounts to. */
export function finding(id: string, { entry, path, message, fix, severity = 'error' }: Problem): Finding {
  const { source } = entry;
  const line = source.lineOf?.(path) ?? source.line;
  return {
    id,
    severity,
    message,
    object: entry.label,
    path: formatPath(path),
    ...(source.file !== undefined && { file: source.file }),
    ...(line !== undefined && { line }),
    fix,
  };
}
