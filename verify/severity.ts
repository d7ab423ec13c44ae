import { fields, type Manifest, type Path } from '../manifests/manifest';
import type { Coexistence } from './coexistence';
import { type ManifestProblem, type Severity, shows, type View } from './finding';

/**
 * How much a problem weighs, undefined where the objects are alternatives of each other, so that there is none.
 *
 * @param coexistence which objects share a cluster; undefined where all of them do
 */
export function severityOf(
  problem: ManifestProblem,
  needs: View,
  view: View,
  coexistence: Coexistence | undefined,
): Severity | undefined {
  const { entry, path, beside = [], severity } = problem;
  const relations = coexistence ? beside.map((other) => coexistence.of(entry, other)) : [];
  if (relations.includes('alternatives')) return undefined;
  const sure =
    shows(view, needs) &&
    !relations.includes('unsure') &&
    !(view !== 'rendering' && isFilledIn(entry.manifest, path)) &&
    !(view === 'files' && isUpToKustomize(problem));
  return severity ?? (sure ? 'error' : 'note');
}

/** Values that stand for others: `${NAME}`, `$NAME`, `{{ name }}`, `<name>`, `$(NAME)`, `THE_NAME`, encrypted ones. */
const PLACEHOLDER =
  /\$\{[^}]+\}|\{\{.*\}\}|<[A-Za-z][^<>]*>|\$\([\w.-]+\)|\$\$\w+\$\$|\$[A-Z_][A-Z0-9_]*|[Rr]eplace_?[Mm]e|REPLACE_?ME|[Pp]laceholder|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|__\w+__|^ENC\[/s;

/** Whether a value is filled in, or a field taken out, before the object reaches a cluster. */
function isFilledIn(manifest: Manifest, path: Path): boolean {
  const value = valueAt(manifest, path);
  return (typeof value === 'string' && PLACEHOLDER.test(value)) || path[0] === 'sops';
}

/** What kustomize adds to a resource, or sets in it: what is missing, namespaces, selectors; and its neighbours. */
function isUpToKustomize({ entry, path, beside = [], missing }: ManifestProblem): boolean {
  const { manifest, source, kind } = entry;
  if (source.kustomization === undefined) return false;
  const elsewhere = beside.some((other) => other.source.file !== source.file);
  const setsNamespace = path.includes('namespace') || (kind === 'Namespace' && path.at(-1) === 'name');
  const lacks = missing ?? (path.length > 0 && valueAt(manifest, path) === undefined);
  return elsewhere || setsNamespace || lacks || path.includes('selector') || path.includes('subjects');
}

function valueAt(manifest: Manifest, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (Array.isArray(value) ? value[part as number] : fields(value)[part]),
    manifest,
  );
}
