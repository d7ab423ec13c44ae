import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock';
import type { Part } from './parts/part';
import type { Progress } from './progress';
import { Remaining } from './remaining';
import { lastLines } from './run';

/** Where each part that was asked for is. */
export type Folders = (part: Part) => string;

/**
 * Makes sure that parts are built, and what they need, and tells where they are. What is in the cache is not
 * built again; a build that is killed leaves nothing that would be taken for a part.
 *
 * @throws Error naming the part, its log and what to do if one does not build: what is built by then stays
 */
export async function ensureParts(
  cache: string,
  parts: readonly Part[],
  progress: Progress,
): Promise<Folders> {
  const keys = new Map<Part, string>();
  for (const part of parts) await addKeys(part, keys);
  const folders: Folders = (part) => join(cache, `${part.name}-${keys.get(part)}`);
  if ([...keys.keys()].every((part) => existsSync(folders(part)))) return folders;

  await withLock(join(cache, 'lock'), `the cache ${cache}`, async () => {
    await mkdir(join(cache, 'logs'), { recursive: true });
    await removeRemains(cache);
    const missing = [...keys.keys()].filter((part) => !existsSync(folders(part)));
    const remaining = new Remaining(missing);
    progress.footer = () => `${remaining}`;
    await buildAll(missing, async (part) => {
      remaining.begin(part);
      await build(cache, part, folders, progress);
      remaining.end(part);
    }).finally(() => {
      progress.footer = undefined;
    });
  });
  return folders;
}

/** Removes the whole cache. */
export async function removeCache(cache: string): Promise<void> {
  await rm(cache, { recursive: true, force: true });
}

/** The key of a part: a digest of all it is made from, the keys of the parts it needs included. */
export async function partKey(part: Part, keyOfNeed: (need: Part) => string): Promise<string> {
  const hash = createHash('sha256');
  for (const input of [...(part.needs ?? []).map(keyOfNeed), process.arch, ...(await part.inputs())]) {
    hash.update(`${Buffer.byteLength(input)}:${input}`); // lengths, so that no two lists run into the same text
  }
  return hash.digest('hex').slice(0, 12);
}

async function addKeys(part: Part, keys: Map<Part, string>): Promise<void> {
  if (keys.has(part)) return;
  for (const need of part.needs ?? []) await addKeys(need, keys);
  keys.set(part, await partKey(part, (need) => keys.get(need) as string));
}

/**
 * Builds parts as soon as what they need is there: heavy ones one after the other, since each takes all cores
 * and several GB, the others beside them. A failure lets what runs finish, so that a retry has less to do.
 */
async function buildAll(parts: readonly Part[], buildOne: (part: Part) => Promise<void>): Promise<void> {
  const done = new Map<Part, Promise<void>>();
  let heavy: Promise<unknown> = Promise.resolve();
  for (const part of parts) {
    const before = (part.needs ?? []).map((need) => done.get(need));
    if (part.heavy) before.push(heavy.then(() => undefined));
    const result = Promise.all(before).then(() => buildOne(part));
    if (part.heavy) heavy = result.catch(() => {});
    done.set(part, result);
  }
  const failures = (await Promise.allSettled(done.values())).filter((result) => result.status === 'rejected');
  if (failures.length === 0) return;
  throw new Error([...new Set(failures.map(({ reason }) => (reason as Error).message))].join('\n'));
}

async function build(cache: string, part: Part, folders: Folders, progress: Progress): Promise<void> {
  const log = join(cache, 'logs', `${part.name}.log`);
  await rm(log, { force: true });
  // with our pid: what a killed build has started may still write where it was told to
  const beside = join(cache, `.building-${part.name}-${process.pid}`);
  await mkdir(beside);
  try {
    await progress.task(
      `build ${part.name}`,
      () => part.build(beside, { log, folder: folders }),
      () => lastLine(log),
    );
  } catch (error) {
    const message = (error as Error).message.split('\n').map((line) => `    ${line}`);
    throw new Error(
      [
        `the part "${part.name}" could not be built:`,
        ...message,
        `  its log: ${log}`,
        '  mend what it says and run the same command again: what is built already stays built',
      ].join('\n'),
    );
  }
  await rename(beside, folders(part));
}

/** What builds that were killed have left. Nobody else builds: the lock is held. */
async function removeRemains(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (name.startsWith('.building-')) await rm(join(cache, name), { recursive: true, force: true });
  }
}

function lastLine(log: string): string {
  if (!existsSync(log) || statSync(log).size === 0) return '';
  return lastLines(readFileSync(log, 'utf8').slice(-4096), 1);
}
