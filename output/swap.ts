import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Files } from './files';
import { makeWorkFolder, workFolders } from './work-folder';

/**
 * Cleans up after runs that were killed: puts back the rendering that one of them had moved aside.
 *
 * @param target the output folder, without links
 */
export function recover(target: string): void {
  for (const { path, isLive } of workFolders(target)) {
    if (isLive) continue;
    const old = join(path, 'old');
    try {
      const isFolder = lstatSync(old, { throwIfNoEntry: false })?.isDirectory();
      if (isFolder && !existsSync(target)) renameSync(old, target);
    } catch (error) {
      // Another run was quicker.
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(code(error))) throw error;
    }
    rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Puts a rendering in the place of the one before. It is written beside first, so that a full disk or a kill costs
 * nothing, and swapped by two renames. Runs at the same time do not mix: the last one to swap wins.
 *
 * Two renames, since Node has no way to exchange two folders in one step. A run that is killed in the microseconds
 * between them leaves no folder at all, and the old one whole beside it: {@link recover} puts it back. The other ways
 * are worse: a link to the current rendering is one step, but git and the controllers want a folder; renames file by
 * file, or migration by migration, leave a mixture of two renderings that looks sound.
 *
 * @param target the output folder, without links
 * @param written called with the folder that holds the files and the one that it lies in, right before it is put in place
 */
export function replaceFolder(
  target: string,
  files: Files,
  written: (folder: string, work: string) => void,
): void {
  const work = makeWorkFolder(target, 'swap');
  try {
    const next = join(work, 'next');
    write(next, files);
    written(next, work);
    swap(target, next, join(work, 'old'));
  } catch (error) {
    // Not with the only rendering that there is.
    if (existsSync(target) || !existsSync(join(work, 'old'))) rmSync(work, { recursive: true, force: true });
    throw error;
  }
  rmSync(work, { recursive: true, force: true });
}

function write(folder: string, files: Files) {
  const made = new Set<string>();
  // One call for each folder; `recursive` would try its parents each time.
  const make = (path: string) => {
    if (made.has(path)) return;
    if (path !== folder) make(dirname(path));
    mkdirSync(path);
    made.add(path);
  };
  make(folder);
  for (const [path, text] of files) {
    const file = join(folder, path);
    make(dirname(file));
    writeFileSync(file, text);
  }
}

function swap(target: string, next: string, old: string) {
  for (;;) {
    try {
      renameSync(target, old);
    } catch (error) {
      if (code(error) !== 'ENOENT') throw error;
    }
    try {
      renameSync(next, target);
      return;
    } catch (error) {
      // Another run put its own in place between the two renames; ours is later.
      if (code(error) !== 'ENOTEMPTY' && code(error) !== 'EEXIST') {
        if (existsSync(old) && !existsSync(target)) renameSync(old, target);
        throw error;
      }
      rmSync(old, { recursive: true, force: true });
    }
  }
}

function code(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
