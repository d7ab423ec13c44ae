import { lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LoadedMigration } from '../../config';
import { claimKeys } from '../../config/checks/conflicts';
import { displayPath } from '../../config/reading/display-path';
import { inputFiles } from '../../config/reading/load';
import { migrationFolder } from '../../manifests/dist-layout';
import type { Files } from '../files';
import type { Index, Input, Key, Part } from './index-file';
import { contentOnDisk, type Names, partsOf, stampPart } from './parts';
import { digest, digestOfNames, isRacy, stampOf } from './stamp';

/** What a rendering depends on beside the files: the program, where they are, and what changes how cdk8s writes. */
export function keyOf(from: string, program: string): Key {
  const settings = Object.entries(process.env)
    .filter(([name]) => name.startsWith('CDK8S_') && name !== 'CDK8S_OUTDIR')
    .sort();
  return { program, from: realpathSync(from), settings };
}

/**
 * Looks at the files of a folder's migrations, before they are read: what is changed meanwhile will differ.
 *
 * @returns undefined where something is wrong with what is there; reading it will tell what
 */
export function lookAtInputs(from: string): Record<string, Input> | undefined {
  const names = inputFiles(from);
  const now = Date.now();
  return names && Object.fromEntries(names.map((name) => [name, lookAtInput(join(from, name), now)]));
}

/** Looks at one. @param now time by our clock, or by that of the disk where it is behind */
export function lookAtInput(path: string, now: number): Input {
  const stamp = stampOf(path);
  if (!stamp || lstatSync(path).isSymbolicLink()) return {};
  return { stamp, ...(isRacy(stamp[2], now) && { content: digest(readFileSync(path)) }) };
}

/** A rendering that was written, and what it was made from. */
export interface Rendered {
  readonly from: string;
  /** As they were before they were read. */
  readonly inputs: Readonly<Record<string, Input>>;
  readonly loaded: readonly LoadedMigration[];
  readonly files: Files;
  /** Holds exactly the files, and nobody else can change it. */
  readonly folder: string;
}

/** Makes the index of a rendering. */
export function makeIndex(key: Key, { from, inputs, loaded, files, folder }: Rendered): Index {
  const now = timeOf(dirname(folder));
  const shapes: Names[] = [];
  const known = new Map<string, number>();
  const shapeOf = (names: Names) => {
    const text = names.join('\0');
    const shape = known.get(text) ?? shapes.push(names) - 1;
    known.set(text, shape);
    return shape;
  };
  const parts = [...partsOf(files.keys())].map(([part, names]): [string, Part] => {
    const stamps = stampPart(folder, part, names);
    const content = isRacy(stamps.changed, now) ? contentOnDisk(folder, part, names) : undefined;
    return [part, { shape: shapeOf(names), stamps: stamps.digest, content }];
  });
  const byFile = new Map(loaded.map((one) => [one.file, one]));
  const read = Object.entries(inputs).map(([name, input]): [string, Input] => {
    const one = byFile.get(displayPath(join(from, name)));
    return [name, one ? { ...input, migration: { folder: folderOf(one), claims: claimsOf(one) } } : input];
  });
  return {
    key,
    inputs: Object.fromEntries(read),
    parts: Object.fromEntries(parts),
    shapes,
    files: files.size,
    top: digestOfNames(readdirSync(folder)),
  };
}

/** What a migration claims among the others, as one number. */
export function claimsOf({ migration, mesh }: LoadedMigration): number {
  return digest(claimKeys({ migration, clusterDomain: mesh.clusterDomain }).join('\0'));
}

/** Folder of a migration's part. */
export function folderOf({ environment, migration: { name } }: LoadedMigration): string {
  return `${migrationFolder({ environment, migration: name })}/`;
}

/** Time by the clock of the disk that a folder is on, or by ours where that is behind. */
export function timeOf(folder: string): number {
  const marker = mkdtempSync(join(folder, 'time-'));
  const { ctimeMs } = lstatSync(marker);
  rmdirSync(marker);
  return Math.min(Date.now(), ctimeMs);
}
