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
          ...(inOneKustomization(first, entry) ? {} : { beside: [first] }),
          message: `declared twice${first.source.file === undefined ? '' : `, before in ${first.source.file}`}: the cluster keeps the one that is applied last`,
          fix: 'remove one of the two, or give it another name',
        };
    }
  },
};

/** Whether kustomize puts two objects together. */
function inOneKustomization({ source: one }: Entry, { source: other }: Entry): boolean {
  return one.kustomization !== undefined && one.kustomization === other.kustomization;
}
