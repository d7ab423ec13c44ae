import type { Manifest } from '../../manifests/manifest';
import { compare } from './compare';
import type { Verdict } from './istio';

/** Below it, `verify` and a judge do not mean the same. */
export const WANTED = 0.99;

/** Prints how often we and a judge agree, and the first differences. Returns the share of objects without one. */
export function report(
  what: string,
  objects: readonly Manifest[],
  verdicts: readonly Verdict[],
  show: number,
): number {
  const { kinds, differences, share } = compare(objects, verdicts);
  console.table(kinds);
  for (const { manifest, judge, ours } of differences.slice(0, show))
    console.log(`${judge ? `missed: ${judge}` : `false: ${ours}`}\n  ${JSON.stringify(manifest)}`);
  console.log(`${objects.length} ${what}: ${(share * 100).toFixed(2)} % alike`);
  return share;
}
