import { lstatSync } from 'node:fs';

/**
 * Tells whether a file or a folder is what it was, without reading it: its size, the times of its last change and its
 * inode. The time of a change (ctime) can be set by nobody, so that whatever was done to it shows. A link is stamped
 * itself, not what it leads to.
 *
 * With one exception, which git calls "racy": the clock of a file system ticks, and two changes within one tick get the
 * same time. A stamp that was younger than a tick when it was taken is therefore kept together with a digest of the
 * content, and both are compared.
 */
export type Stamp = readonly [size: number, mtime: number, ctime: number, inode: number];

/** Milliseconds that a tick takes at most: of a clock that knows parts of a second, a hundredth as a rule. */
const TICK = 100;
/** And of one that does not: FAT's ticks every two seconds. */
const COARSE_TICK = 3000;

/** The stamp of what is at a path; undefined where nothing is. */
export function stampOf(path: string): Stamp | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats && [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino];
}

export function sameStamp(one: Stamp | undefined, other: Stamp): boolean {
  return one?.every((value, at) => value === other[at]) ?? false;
}

/**
 * Whether something changed too lately for its stamp to be trusted alone.
 *
 * @param changed its ctime, in milliseconds since 1970
 * @param now when the stamp was taken, or any time since which nobody could have changed the file, by the clock of the
 *   file system
 */
export function isRacy(changed: number, now: number): boolean {
  return !(changed < now - (changed % 1000 === 0 ? COARSE_TICK : TICK));
}

/**
 * 53 bits that tell contents apart, as a whole number that is never 0. Own code, two multiplicative hashes side by
 * side: what was changed by accident shows, no more is needed, and to load node:crypto takes 4 ms of each render.
 */
export function digest(content: string | Uint8Array): number {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const words = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  let high = 0xdeadbeef ^ bytes.length;
  let low = 0x41c6ce57 ^ bytes.length;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number;
    high = Math.imul(high ^ word, 2654435761);
    low = Math.imul(low ^ (word >>> 15) ^ word, 1597334677);
    high ^= high >>> 15;
    low ^= low >>> 13;
  }
  const mixed = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  const other = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 2 ** 32 * (other & 0x1fffff) + (mixed >>> 0) + 1;
}

/** One digest of many numbers. */
export function digestOfNumbers(numbers: Float64Array): number {
  return digest(new Uint8Array(numbers.buffer));
}

/** Digest of what a folder holds: the names. */
export function digestOfNames(names: readonly string[]): number {
  return digest([...names].sort().join('\0'));
}
