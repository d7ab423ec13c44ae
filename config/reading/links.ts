import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { ConfigError } from '../error';
import { displayPath } from './display-path';

/**
 * Symbolic links in a repository are data of whoever may write to it: git checks them out wherever they lead. What is
 * read and written through one therefore has to lie in the repository, too.
 */

/**
 * Folder that a path may not leave by links: the git repository that it lies in, or the working directory.
 *
 * @param path as the user named it; links in it are not followed
 * @returns the folder without links; undefined for a path elsewhere, which only the user can have named
 */
export function repositoryOf(path: string): string | undefined {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return realpathSync(folder);
    if (folder === dirname(folder)) break;
  }
  return isInside(resolve(path), process.cwd()) ? process.cwd() : undefined;
}

/** Where a path leads, links followed, also where what it leads to is not there, or only some of the folders to it. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    // Asked for first it could be there, and then be swapped by another run.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
      return realPath(resolve(dirname(path), readlinkSync(path)));
    const parent = dirname(resolve(path));
    return parent === resolve(path) ? parent : join(realPath(parent), basename(path));
  }
}

/** Whether links lead from a path of a repository to somewhere outside it. */
export function leavesRepository(path: string): boolean {
  const repository = repositoryOf(path);
  return repository !== undefined && !isInside(realPath(path), repository);
}

/** Whether a path is a folder or lies in it, by its text. */
export function isInside(path: string, folder: string): boolean {
  const between = relative(folder, path);
  return between !== '..' && !between.startsWith(`..${sep}`) && resolve(between) !== between;
}

/**
 * Replaces the text of a file that declares something.
 *
 * @throws ConfigError for a link, within the repository too: the files of several migrations would change at once
 */
export function writeDeclaration(path: string, text: string): void {
  if (leavesRepository(dirname(path)))
    throw problem(path, 'is in a folder that is a link out of the repository');
  const file = openUnlinked(path);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

function openUnlinked(path: string): number {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_TRUNC);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error;
    throw problem(path, 'is a link, and is not written through: put the file itself in its place');
  }
}

function problem(path: string, message: string): ConfigError {
  return new ConfigError([{ message, path: '', file: displayPath(path) }]);
}
