import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Files } from './files';

/**
 * Cleans up after runs that were killed, and puts back the rendering that one of them had moved aside.
 *
 * @param to the output folder
 */
export function recover(to: string): void {
  const target = locate(to);
  const parent = dirname(target);
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(prefix(target)))) {
    if (isRunning(Number(name.slice(prefix(target).length).split('-')[0]))) continue;
    const old = join(parent, name, 'old');
    try {
      if (existsSync(old) && !existsSync(target)) renameSync(old, target);
    } catch (error) {
      // Another run was quicker.
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(code(error))) throw error;
    }
    rmSync(join(parent, name), { recursive: true, force: true });
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
 * @param to the output folder
 */
export function replaceFolder(to: string, files: Files): void {
  const target = locate(to);
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  const work = mkdtempSync(join(parent, `${prefix(target)}${process.pid}-`));
  try {
    const next = join(work, 'next');
    write(next, files);
    swap(target, next, join(work, 'old'));
  } finally {
    // Not with the only rendering that there is.
    if (existsSync(target) || !existsSync(join(work, 'old'))) rmSync(work, { recursive: true, force: true });
  }
}

/** Where `to` is a link, what it leads to is replaced, not the link. */
function locate(to: string): string {
  return existsSync(to) ? realpathSync(to) : resolve(to);
}

/** Hidden, so that neither git's eye nor a person's falls on it in the second that it is there. */
function prefix(target: string): string {
  return `.${basename(target)}.meshferry-`;
}

function write(folder: string, files: Files) {
  const made = new Set<string>();
  mkdirSync(folder);
  for (const [path, text] of files) {
    const file = join(folder, path);
    const directory = dirname(file);
    if (!made.has(directory)) mkdirSync(directory, { recursive: true });
    made.add(directory);
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

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return code(error) === 'EPERM';
  }
}

function code(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
