import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COLUMNS, newStamps, type Stamps, sameStamp, stampEntry, writeUnknown } from './stamp';

/**
 * Replaces a few files of a rendering, where replacing all of it would take a minute.
 *
 * Each is written beside, and moved into its place when all are there: a full disk or a kill before that costs nothing.
 * A kill between two moves would leave a mixture, so a journal is written first: the next run, whatever it is about to
 * do, goes on with it.
 */
export interface Change {
  /** Path in the output folder, of a file that exists. */
  readonly path: string;
  readonly text: string;
  /** Stamp of the file that is replaced. */
  readonly was: readonly number[];
}

/** What is still to be moved, by the names of the files in the work folder. */
type Journal = readonly Pick<Change, 'path' | 'was'>[];

const JOURNAL = 'journal';

/**
 * Puts new files into the place of old ones.
 *
 * @param work an empty folder of this run's own
 * @returns stamps of the new files, in the order of the changes; one that was touched meanwhile has an unknown stamp
 * @throws where another run took the work folder away, since it is about to replace everything
 */
export function patchFiles(target: string, work: string, changes: readonly Change[]): Stamps {
  const written = newStamps(changes.length);
  for (const [index, { text }] of changes.entries()) {
    writeFileSync(join(work, String(index)), text);
    stampEntry(written, index, join(work, String(index)));
  }
  const journal: Journal = changes.map(({ path, was }) => ({ path, was }));
  writeFileSync(join(work, 'next'), JSON.stringify(journal));
  renameSync(join(work, 'next'), join(work, JOURNAL));
  for (const [index, { path }] of changes.entries())
    renameSync(join(work, String(index)), join(target, path));
  return placed(target, changes, written);
}

/** Goes on with the patch of a run that was killed, unless the files it was to replace are no longer the same. */
export function finishPatch(target: string, work: string): void {
  const journal = readJournal(work);
  const open = [...journal.entries()].filter(([index]) => existsSync(join(work, String(index))));
  if (!open.every(([, { path, was }]) => is(join(target, path), was))) return;
  for (const [index, { path }] of open) {
    try {
      renameSync(join(work, String(index)), join(target, path));
    } catch (error) {
      // Another run was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** A move changes one of a file's times; all else has to be as it was written. */
function placed(target: string, changes: readonly Change[], written: Stamps): Stamps {
  const found = newStamps(changes.length);
  for (const [index, { path }] of changes.entries()) {
    stampEntry(found, index, join(target, path));
    const moved = written.slice();
    moved[index * COLUMNS + 2] = found[index * COLUMNS + 2] as number;
    if (!sameStamp(moved, index, found, index)) writeUnknown(found, index);
  }
  return found;
}

function readJournal(work: string): Journal {
  try {
    return JSON.parse(readFileSync(join(work, JOURNAL), 'utf8'));
  } catch (error) {
    // Not there, or no journal: nothing was moved. Anything else is told.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || error instanceof SyntaxError) return [];
    throw error;
  }
}

function is(file: string, was: readonly number[]): boolean {
  const found = newStamps(1);
  stampEntry(found, 0, file);
  return sameStamp(found, 0, Float64Array.from(was), 0);
}
