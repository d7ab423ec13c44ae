import type { Manifest } from '../../manifests/manifest';
import { CHECKS } from '../../verify/checks';
import { ObjectSet } from '../../verify/object-set';
import type { Verdict } from './istio';

/** How often we and a judge agree about objects of a kind. */
export interface Agreement {
  found: number;
  missed: number;
  false: number;
  passed: number;
}

/** An object that we and the judge see differently. */
export interface Difference {
  readonly manifest: Manifest;
  readonly judge: Verdict;
  readonly ours: Verdict;
}

/** What we say of one object alone, as of the API server and the webhook. */
export function ourVerdict(manifest: Manifest): Verdict {
  const objects = new ObjectSet([{ manifest }]);
  const nothing = new ObjectSet([]);
  for (const { id, run } of CHECKS.filter((check) => check.id.startsWith('MF1')))
    for (const { path, message } of run(objects, nothing)) return `${id} ${path.join('.')}: ${message}`;
  return undefined;
}

/** Holds our verdicts against those of a judge. */
export function compare(objects: readonly Manifest[], verdicts: readonly Verdict[]) {
  const kinds: Record<string, Agreement> = {};
  const differences: Difference[] = [];
  for (const [index, manifest] of objects.entries()) {
    const judge = verdicts[index];
    const ours = ourVerdict(manifest);
    const name = String(manifest.kind);
    kinds[name] ??= { found: 0, missed: 0, false: 0, passed: 0 };
    kinds[name][judge === undefined ? (ours ? 'false' : 'passed') : ours ? 'found' : 'missed']++;
    if ((judge === undefined) !== (ours === undefined)) differences.push({ manifest, judge, ours });
  }
  return { kinds, differences, share: 1 - differences.length / Math.max(objects.length, 1) };
}
