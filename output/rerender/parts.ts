import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dirname } from 'node:path/posix';
import { migrationAt } from '../../manifests/dist-layout';
import type { Files } from '../files';
import { digest, digestOfNames, digestOfNumbers } from './stamp';

/**
 * A rendering in parts: each migration's folder, and what is in none, which several share. Whether a part is as it was
 * left is one number; 60,000 files and folders of 3,000 migrations are looked at in a fifth of a second.
 */

/** Names of a part's files and folders, from its folder; a folder ends in "/", that of the part itself is ''. */
export type Names = readonly string[];

/** The folder of what belongs to no migration: the output folder, which is itself no part of it. */
export const SHARED = '';

/** Names by the folder of the part, which ends in "/" but for {@link SHARED}. */
export function partsOf(paths: Iterable<string>): ReadonlyMap<string, Names> {
  const parts = new Map<string, Set<string>>();
  /** @returns whether it was not there yet */
  const add = (folder: string, path: string) => {
    const names = parts.get(folder) ?? new Set();
    const before = names.size;
    parts.set(folder, names.add(path.slice(folder.length)));
    return names.size > before;
  };
  for (const path of paths) {
    const migration = migrationAt(path);
    const own = migration === undefined ? SHARED : `${migration}/`;
    add(own, path);
    let folder = dirname(path);
    while (folder !== '.' && add(`${folder}/`.startsWith(own) ? own : SHARED, `${folder}/`))
      folder = dirname(folder);
  }
  return new Map([...parts].map(([folder, names]) => [folder, [...names].sort()]));
}

/** The stamps of a part. */
export interface PartStamps {
  /** Of all of them; 0 where something is missing. */
  readonly digest: number;
  /** Milliseconds since 1970 of the last change. */
  readonly changed: number;
}

/** Looks at a part without reading it. */
export function stampPart(target: string, folder: string, names: Names): PartStamps {
  const stamps = new Float64Array(names.length * 4);
  const root = `${target}/${folder}`;
  let changed = 0;
  for (let at = 0; at < names.length; at++) {
    const stats = lstatSync(root + names[at], { throwIfNoEntry: false });
    if (!stats) return { digest: 0, changed };
    stamps[at * 4] = stats.size;
    stamps[at * 4 + 1] = stats.mtimeMs;
    stamps[at * 4 + 2] = stats.ctimeMs;
    stamps[at * 4 + 3] = stats.ino;
    if (stats.ctimeMs > changed) changed = stats.ctimeMs;
  }
  return { digest: digestOfNumbers(stamps), changed };
}

/** What a part holds, read from the disk: a digest of its files' texts and of the names in its folders. */
export function contentOnDisk(target: string, folder: string, names: Names): number {
  return contentOf(names, (name) => {
    const path = join(target, folder, name);
    return isFolder(name) ? digestOfNames(readdirSync(path)) : digest(readFileSync(path));
  });
}

/** The same of a migration's part as it was rendered. */
export function contentRendered(files: Files, folder: string, names: Names): number {
  const holds = new Map<string, string[]>();
  for (const name of names) {
    const parent = dirname(name);
    const key = name === '' ? undefined : parent === '.' ? '' : `${parent}/`;
    if (key !== undefined)
      holds.set(key, [...(holds.get(key) ?? []), name.slice(key.length).replace('/', '')]);
  }
  return contentOf(names, (name) =>
    isFolder(name) ? digestOfNames(holds.get(name) ?? []) : digest(files.get(folder + name) ?? ''),
  );
}

export function isFolder(name: string): boolean {
  return name === '' || name.endsWith('/');
}

function contentOf(names: Names, one: (name: string) => number): number {
  return digestOfNumbers(Float64Array.from(names, one));
}
