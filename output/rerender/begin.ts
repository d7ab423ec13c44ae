import { existsSync, rmSync } from 'node:fs';
import { recover } from '../swap';
import { locate, makeWorkFolder, timeOf, workFolders } from '../work-folder';
import { type Index, readIndex } from './index-file';
import { beginToLook, type Look } from './look';

/**
 * The first half of a rendering that may leave out what did not change. It needs the output folder alone, not the
 * program that renders: whether the output is what the last rendering left is looked at while that is still loaded.
 */
export interface Begun {
  /** The output folder. */
  readonly target: string;
  readonly index: Index;
  /** Of this run's own; work-folder.ts says what it tells other runs. */
  readonly work: string;
  readonly outputs: Look;
  /** Time by our clock, or by that of the output's disk where it is behind. */
  readonly now: number;
}

/** Begins, where there is an index of the output folder and no other run; {@link end} it, whatever becomes of it. */
export function begin(to: string): Begun | undefined {
  const target = locate(to);
  let work: string | undefined;
  try {
    if (!existsSync(target)) return undefined;
    const index = readIndex(target);
    if (!index) return undefined;
    recover(to);
    work = makeWorkFolder(target, 'patch');
    if (workFolders(target).some(({ path, isLive }) => isLive && path !== work)) {
      rmSync(work, { recursive: true, force: true });
      return undefined;
    }
    return { target, index, work, now: timeOf(work), outputs: beginToLook(target, index) };
  } catch {
    // A full rendering gets over it, or tells it.
    if (work) rmSync(work, { recursive: true, force: true });
    return undefined;
  }
}

/** Leaves nothing behind; may be called more than once. */
export function end({ outputs, work }: Begun): void {
  outputs.stop();
  rmSync(work, { recursive: true, force: true });
}
