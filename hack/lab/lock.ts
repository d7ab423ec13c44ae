import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { processStart } from './process-id';

/** Takes a lock file, runs `work`, and gives the lock back. A lock whose owner is gone is taken over.
 *
 * @throws Error naming the owner if another process holds it.
 */
export async function withLock<T>(file: string, what: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  take(file, what);
  const release = () => rmSync(file, { force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take(file: string, what: string): void {
  const mine = `${process.pid} ${processStart(process.pid)}`;
  try {
    writeFileSync(file, mine, { flag: 'wx' });
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const [pid, start] = readFileSync(file, 'utf8').split(' ');
  if (processStart(Number(pid)) === start) {
    throw new Error(`${what} is being worked on by process ${pid} already: wait for it to end, or end it`);
  }
  rmSync(file, { force: true });
  take(file, what);
}
