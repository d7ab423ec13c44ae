import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Has a folder made beside, and put in its place once it is whole: a build that fails or is killed leaves the one
 * before (or none, in the microseconds between two renames), and of two at once each is whole and the later one stays.
 * What killed builds left is removed.
 *
 * @param target the folder
 * @param scratch where to work: on the same file system, and not inside the target's parent, which others empty
 * @param make fills the folder it is handed
 */
export async function publish(
  target: string,
  scratch: string,
  make: (folder: string) => Promise<void>,
): Promise<void> {
  const prefix = `${basename(target)}-`;
  mkdirSync(scratch, { recursive: true });
  for (const name of readdirSync(scratch).filter((entry) => entry.startsWith(prefix))) {
    const [pid] = name.slice(prefix.length).split('-');
    if (!isRunning(Number(pid))) rmSync(join(scratch, name), { recursive: true, force: true });
  }
  const work = mkdtempSync(join(scratch, `${prefix}${process.pid}-`));
  try {
    const made = join(work, 'made');
    mkdirSync(made);
    await make(made);
    mkdirSync(dirname(target), { recursive: true });
    swap(target, made, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function swap(target: string, made: string, work: string): void {
  for (let round = 0; ; round++) {
    try {
      if (existsSync(target)) renameSync(target, join(work, `before-${round}`));
    } catch (error) {
      if (code(error) !== 'ENOENT') throw error; // another build moved it away first
    }
    try {
      renameSync(made, target);
      return;
    } catch (error) {
      // Another build put its own there in between; this one is later.
      if (code(error) !== 'ENOTEMPTY' && code(error) !== 'EEXIST') throw error;
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
