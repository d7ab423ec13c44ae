import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isInside, realPath } from '../../config/reading/links';
import { fileAt } from '../../manifests/dist-layout';
import { readOwn, writeOwn } from '../own-folder';
import { makeWorkFolder, workFolders } from '../work-folder';
import { indexFile } from './index-file';
import { type Stamp, sameStamp, stampOf } from './stamp';

/**
 * Replaces a few files of a rendering, where replacing all of it would take a minute.
 *
 * Each is written beside, and moved into its place when all are there: a full disk or a kill before that costs nothing.
 * A kill between two moves would leave a mixture, so a journal is written first: the next run, whatever it is about to
 * do, goes on with it. The journal lies in the user's own folder, since what it names is written to.
 *
 * A patch begins with its work folder and goes on only where no other run has one. A swap takes the folders of patches
 * away right before it begins: what they had not put in place by then they never will, since all of it came from there.
 * So whichever comes first, no file of a patch gets into a rendering that was swapped in after the patch had looked.
 */
export interface Change {
  /** Path in the output folder, of a file that exists. */
  readonly path: string;
  readonly text: string;
}

/** What is to be moved, in the order of the names of the files in the work folder; kept by the name of that. */
type Journal = readonly { readonly path: string; readonly was?: Stamp | undefined }[];

const PURPOSE = 'patch';

/** Makes the folder of a patch; undefined where another run has one. */
export function beginPatch(target: string): string | undefined {
  const work = makeWorkFolder(target, PURPOSE);
  if (!workFolders(target).some(({ path, isLive }) => isLive && path !== work)) return work;
  rmSync(work, { recursive: true, force: true });
  return undefined;
}

/**
 * Puts new files into the place of old ones.
 *
 * @param work of {@link beginPatch}
 * @throws where another run took the work folder away, since it is about to replace everything
 */
export function patchFiles(target: string, work: string, changes: readonly Change[]): void {
  const file = journalFile(target, work);
  if (file === undefined) throw new Error('there is no place for a journal');
  for (const [index, { text }] of changes.entries()) writeFileSync(join(work, String(index)), text);
  const journal: Journal = changes.map(({ path }) => ({ path, was: stampOf(join(target, path)) }));
  writeOwn(file, JSON.stringify(journal));
  for (const [index, { path }] of changes.entries())
    renameSync(join(work, String(index)), join(target, path));
  rmSync(file);
}

/** Goes on with the patches of runs that were killed, unless the files they were to replace are no longer the same. */
export function finishPatches(target: string): void {
  for (const { path: work, purpose, isLive } of workFolders(target)) {
    if (isLive || purpose !== PURPOSE) continue;
    const file = journalFile(target, work);
    const text = file === undefined ? undefined : readOwn(file);
    if (file === undefined || text === undefined) continue;
    move(target, work, JSON.parse(text));
    rmSync(file, { force: true });
  }
}

function move(target: string, work: string, journal: Journal): void {
  const open = [...journal.entries()].filter(([index]) => isFile(join(work, String(index))));
  if (!open.every(([, { path, was }]) => mayReplace(target, path, was))) return;
  for (const [index, { path }] of open) {
    try {
      renameSync(join(work, String(index)), join(target, path));
    } catch (error) {
      // Another run was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** Stops patches that are under way. @param away a folder on the same disk */
export function stopPatches(target: string, away: string): void {
  for (const [index, { path, purpose }] of workFolders(target).entries()) {
    if (purpose !== PURPOSE) continue;
    const stopped = join(away, `stopped-${index}`);
    try {
      // In one step; removed where it lies it could be written to meanwhile.
      renameSync(path, stopped);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    rmSync(stopped, { recursive: true, force: true });
  }
}

function journalFile(target: string, work: string): string | undefined {
  const index = indexFile(target);
  return index && `${index}${basename(work)}`;
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Whether a path is a rendering's, no link leads from it out of the output folder, and it holds what it held. */
function mayReplace(target: string, path: string, was: Stamp | undefined): boolean {
  const file = join(target, path);
  return (
    was !== undefined &&
    fileAt(path) !== undefined &&
    isInside(realPath(dirname(file)), target) &&
    sameStamp(stampOf(file), was)
  );
}
