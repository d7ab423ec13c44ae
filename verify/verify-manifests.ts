import { fields, type Manifest, type Path, type Source } from '../manifests/manifest';
import { CHECKS } from './checks';
import { Coexistence } from './coexistence';
import { type Finding, finding, type ManifestProblem, type Severity, shows, type View } from './finding';
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

/** undefined where the objects are alternatives of each other, so that there is no problem. */
function severityOf(
  { entry, path, beside = [], severity }: ManifestProblem,
  needs: View,
  view: View,
  coexistence: Coexistence | undefined,
): Severity | undefined {
  const relations = coexistence ? beside.map((other) => coexistence.of(entry, other)) : [];
  if (relations.includes('alternatives')) return undefined;
  const sure = shows(view, needs) && !relations.includes('unsure') && !isPlaceholder(entry.manifest, path);
  return severity ?? (sure ? 'error' : 'note');
}

/** Whether a value waits to be filled in, by Flux's substitution, envsubst or a template. */
function isPlaceholder(manifest: Manifest, path: Path): boolean {
  const value = path.reduce<unknown>(
    (at, part) => (Array.isArray(at) ? at[part as number] : fields(at)[part]),
    manifest,
  );
  return typeof value === 'string' && /\$\{[^}]+\}|\{\{.*\}\}/s.test(value);
}
