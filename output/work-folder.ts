import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * Folders beside the output folder, in which a run prepares what it will put in place. They also tell runs of each
 * other: who patches single files must be alone, who swaps the whole folder need not.
 *
 * A patch begins with its folder and goes on only where no other run has one. A swap takes the folders of patches away
 * right before it begins: what they had not put in place by then they never will, since all of it came from there. So
 * whichever comes first, no file of a patch gets into a rendering that was swapped in after the patch had looked.
 */
export type Kind = 'swap' | 'patch';

/** A folder that a run made, this one or another. */
export interface WorkFolder {
  readonly path: string;
  readonly kind: Kind;
  /** Whether the run still goes on. */
  readonly isLive: boolean;
}

/** Where `to` is a link, what it leads to is replaced, not the link; also where that is not there right now. */
export function locate(to: string): string {
  try {
    return realpathSync(to);
  } catch (error) {
    // Asked for first it could be there, and then be swapped by another run.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const isLink = lstatSync(to, { throwIfNoEntry: false })?.isSymbolicLink();
    return isLink ? locate(resolve(dirname(to), readlinkSync(to))) : resolve(to);
  }
}

/** Makes a folder for this run, on the disk of the output folder. */
export function makeWorkFolder(target: string, kind: Kind): string {
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, `${prefix(target)}${process.pid}-${kind === 'patch' ? 'patch-' : ''}`));
}

/** Time by the clock of the disk that a folder is on, or by ours where that is behind. */
export function timeOf(folder: string): number {
  const marker = mkdtempSync(join(folder, 'time-'));
  const { ctimeMs } = lstatSync(marker);
  rmdirSync(marker);
  return Math.min(Date.now(), ctimeMs);
}

/** Those of all runs. */
export function workFolders(target: string): WorkFolder[] {
  const parent = dirname(target);
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .filter((name) => name.startsWith(prefix(target)))
    .map((name) => {
      const [pid, kind] = name.slice(prefix(target).length).split('-');
      return {
        path: join(parent, name),
        kind: kind === 'patch' ? 'patch' : 'swap',
        isLive: isRunning(Number(pid)),
      };
    });
}

/** Stops patches that are under way. */
export function stopPatches(target: string, work: string): void {
  for (const [index, { path, kind }] of workFolders(target).entries()) {
    if (kind !== 'patch') continue;
    const away = join(work, `stopped-${index}`);
    try {
      // In one step; removed where it lies it could be written to meanwhile.
      renameSync(path, away);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    rmSync(away, { recursive: true, force: true });
  }
}

/** Hidden, so that neither git's eye nor a person's falls on it in the second that it is there. */
function prefix(target: string): string {
  return `.${basename(target)}.meshferry-`;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
