import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { inputFiles } from '../../config/reading/load';
import type { Key } from './index-file';
import { digest, isYoung, newStamps, type Stamps, setDigest, writeStamp, writeUnknown } from './stamp';

/** The files that a rendering is made from, as they are before they are read. */
export interface Inputs {
  /** From the folder of the migrations, sorted; `mesh.yaml` files among them. */
  readonly names: readonly string[];
  /** A row for each. What is changed after it was stamped will differ from its stamp. */
  readonly stamps: Stamps;
}

/** What a rendering depends on beside the files: the program, where they are, and what changes how cdk8s writes. */
export function keyOf(from: string, program: string): Key {
  const settings = Object.entries(process.env)
    .filter(([name]) => name.startsWith('CDK8S_') && name !== 'CDK8S_OUTDIR')
    .sort();
  return { program, from: realpathSync(from), settings };
}

/**
 * Stamps the files of a folder's migrations.
 *
 * @param now time by our clock, or by that of the disk where it is behind
 * @returns undefined where something is wrong with what is there; reading it will tell what
 */
export function lookAtInputs(from: string, now: number): Inputs | undefined {
  const names = inputFiles(from);
  if (!names) return undefined;
  const stamps = newStamps(names.length);
  for (const [row, name] of names.entries()) stampInput(stamps, row, `${from}/${name}`, now);
  return { names, stamps };
}

/** Stamps one. A link counts as changed each time: what it leads to has a stamp of its own. */
export function stampInput(stamps: Stamps, row: number, path: string, now: number): void {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) writeUnknown(stamps, row);
  else writeStamp(stamps, row, stats);
  if (isYoung(stamps, row, now)) setDigest(stamps, row, digest(readFileSync(path)));
}
