import { lstatSync, mkdtempSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeFolders } from './make-folders';
import { OutputError } from './refuse';

/**
 * Folders beside the output folder, on its disk, in which a run prepares what it will put in place. They also tell
 * runs of each other. What is in one is never believed: whoever may commit to the repository can make one.
 */
export interface WorkFolder {
  readonly path: string;
  /** What the run that made it said it is for. */
  readonly purpose: string;
  /** Whether the run still goes on. */
  readonly isLive: boolean;
}

/**
 * Makes a folder for this run.
 *
 * @param target the output folder, without links
 * @param purpose a word
 * @throws OutputError where the folder above it cannot be made
 */
export function makeWorkFolder(target: string, purpose: string): string {
  const parent = dirname(target);
  try {
    makeFolders(parent);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new OutputError(`✖ cannot render into ${target}: no folder can be made there`);
  }
  return mkdtempSync(join(parent, `${prefix(target)}${process.pid}-${purpose}-`));
}

/** Those of all runs. */
export function workFolders(target: string): WorkFolder[] {
  const parent = dirname(target);
  if (!lstatSync(parent, { throwIfNoEntry: false })) return [];
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix(target)))
    .map(({ name }) => {
      const [pid, purpose = ''] = name.slice(prefix(target).length).split('-');
      return { path: join(parent, name), purpose, isLive: isRunning(Number(pid)) };
    });
}

/** Hidden, so that neither git's eye nor a person's falls on it in the second that it is there. */
function prefix(target: string): string {
  return `.${basename(target)}.meshferry-`;
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
