import { dirname } from 'node:path';
import { fields } from '../../manifests/manifest';
import type { Entry, ObjectSet } from '../object-set';
import { type SchemaProblem, schemaProblems } from '../schema';
import type { ManifestCheck } from './check';

const cached = new WeakMap<object, readonly SchemaProblem[]>();

/** Objects are often shared between the phases of a plan: each is looked at once. */
export function problemsOf(manifest: object): readonly SchemaProblem[] {
  const known = cached.get(manifest);
  if (known) return known;
  const problems = schemaProblems(manifest as Readonly<Record<string, unknown>>);
  cached.set(manifest, problems);
  return problems;
}

function* ofSort(objects: ObjectSet, sort: SchemaProblem['sort']) {
  for (const entry of objects.entries)
    for (const problem of problemsOf(entry.manifest)) if (problem.sort === sort) yield { entry, ...problem };
}

/** The API server drops a field that it does not know. */
export const knownFields: ManifestCheck = {
  id: 'MF101',
  title: 'every field exists',
  istio: ['IST0106'],
  needs: 'files',
  run: (objects) => ofSort(objects, 'unknown'),
};

/** Types, required fields, ranges, patterns, one-of. */
export const fittingValues: ManifestCheck = {
  id: 'MF102',
  title: 'every value fits its field',
  istio: ['IST0106'],
  needs: 'files',
  run: (objects) => ofSort(objects, 'value'),
};

/** Rules in the CRDs that a schema cannot say. */
export const celRules: ManifestCheck = {
  id: 'MF103',
  title: "Istio's own CEL rules hold",
  istio: ['IST0106'],
  needs: 'files',
  run: (objects) => ofSort(objects, 'rule'),
};

/** Of two objects with one name, the cluster keeps the one that came last. */
export const oneOfEach: ManifestCheck = {
  id: 'MF104',
  title: 'every object is declared once',
  needs: 'files',
  run: function* (objects) {
    const seen = new Map<string, Entry>();
    for (const entry of objects.entries) {
      if (entry.name === '?') continue;
      const first = seen.get(entry.key);
      seen.set(entry.key, entry);
      if (first)
        yield {
          entry,
          path: ['metadata', 'name'],
          ...(areNeighbours(first, entry) ? { needs: 'rendering' } : { beside: [first] }),
          message: `declared twice${first.source.file === undefined ? '' : `, before in ${first.source.file}`}: the cluster keeps the one that is applied last`,
          fix: 'remove one of the two, or give it another name',
        };
    }
  },
};

/**
 * Whether two files that declare one object lie in one folder and name its namespace. They may still be alternatives,
 * such as the steps of an example; but where the folder is applied as a whole, one of them is lost.
 */
function areNeighbours({ source: one }: Entry, { source: other }: Entry): boolean {
  if (one.file === undefined || other.file === undefined || one.file === other.file) return false;
  return dirname(one.file) === dirname(other.file) && fields(one.manifest.metadata).namespace !== undefined;
}
