import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { makeFolders } from './make-folders';

/**
 * Files that are believed when they are read again lie in the user's cache, and nobody else may be able to write them:
 * not in a repository, whose files are anyone's who may commit, and not in a folder or a file of another user.
 */

/** Bits of a mode that let others write. */
const OTHERS_WRITE = 0o022;

/** The folder, made where it is missing; undefined where it cannot be made, or is not the user's own. */
export function ownFolder(): string | undefined {
  const cache = [process.env.XDG_CACHE_HOME, join(homedir(), '.cache')].find((one) => one && isAbsolute(one));
  if (cache === undefined) return undefined;
  const folders = [join(cache, 'meshferry'), join(cache, 'meshferry/renderings')];
  try {
    for (const folder of folders) makeFolders(folder, 0o700);
    return folders.every((folder) => isOwn(lstatSync(folder), 'folder')) ? folders.at(-1) : undefined;
  } catch {
    return undefined;
  }
}

/** What a file of that folder holds; undefined where it is missing or not the user's own. */
export function readOwn(file: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  try {
    return isOwn(fstatSync(descriptor), 'file') ? readFileSync(descriptor, 'utf8') : undefined;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes a file of that folder, whole or not at all.
 *
 * @throws where it cannot be written
 */
export function writeOwn(file: string, text: string): void {
  const beside = `${file}.${process.pid}`;
  try {
    rmSync(beside, { force: true });
    writeFileSync(beside, text, { mode: 0o600, flag: 'wx' });
    // A file that replaces another is written to the disk at once by some file systems: that would be waited for.
    rmSync(file, { force: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

function isOwn(stats: Stats, kind: 'folder' | 'file'): boolean {
  const user = process.geteuid?.();
  return (
    (kind === 'folder' ? stats.isDirectory() : stats.isFile()) &&
    (user === undefined || (stats.uid === user && (stats.mode & OTHERS_WRITE) === 0))
  );
}
