import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those that it lies in. Not by `recursive`, which never ends below /proc: there a folder is not
 * found, and cannot be made either.
 *
 * @param mode of the folders that are made
 */
export function makeFolders(path: string, mode?: number): void {
  if (isThere(path, mode)) return;
  makeFolders(dirname(path), mode);
  if (!isThere(path, mode)) mkdirSync(path, { mode });
}

/** Whether there is a folder by now, made or not; not where the one above it is missing. */
function isThere(path: string, mode?: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT' && dirname(path) !== path) return false;
    throw error;
  }
}
