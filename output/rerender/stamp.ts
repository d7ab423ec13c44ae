import { lstatSync, type Stats } from 'node:fs';

/**
 * Tells whether a file or a folder is what it was, without reading it: its size, the times of its last change and its
 * inode. The time of a change (ctime) can be set by nobody, so that whatever was done to it shows.
 *
 * With one exception, which git calls "racy": the clock of a file system ticks, and two changes within one tick get the
 * same time. A stamp that was younger than a tick when it was taken is therefore kept together with a digest of the
 * content, and both are compared.
 */
export const COLUMNS = 5;

/** Place of the digest among the columns; the others are the stamp itself. */
const DIGEST = 4;

/** Milliseconds that a tick takes at most: of a clock that knows parts of a second, a hundredth as a rule. */
const TICK = 100;
/** And of one that does not: FAT's ticks every two seconds. */
const COARSE_TICK = 3000;

/** Rows of {@link COLUMNS} numbers. */
export type Stamps = Float64Array;

export function newStamps(rows: number): Stamps {
  return new Float64Array(rows * COLUMNS);
}

export function writeStamp(stamps: Stamps, row: number, { size, mtimeMs, ctimeMs, ino }: Stats): void {
  stamps.set([size, mtimeMs, ctimeMs, ino, 0], row * COLUMNS);
}

/** A stamp that nothing has: what it stands for counts as changed. */
export function writeUnknown(stamps: Stamps, row: number): void {
  stamps.set([-1, -1, -1, -1, 0], row * COLUMNS);
}

export function copyStamp(from: Stamps, row: number, to: Stamps, other: number): void {
  to.set(from.subarray(row * COLUMNS, (row + 1) * COLUMNS), other * COLUMNS);
}

/** Whether the stamps of two rows are the same, leaving their digests aside. */
export function sameStamp(stamps: Stamps, row: number, others: Stamps, other: number): boolean {
  for (let column = 0; column < DIGEST; column++) {
    if (stamps[row * COLUMNS + column] !== others[other * COLUMNS + column]) return false;
  }
  return true;
}

/** The digest that goes with a stamp; 0 where the stamp alone will do. */
export function digestAt(stamps: Stamps, row: number): number {
  return stamps[row * COLUMNS + DIGEST] as number;
}

export function setDigest(stamps: Stamps, row: number, value: number): void {
  stamps[row * COLUMNS + DIGEST] = value;
}

/**
 * Whether a stamp is too young to be trusted alone.
 *
 * @param now milliseconds since 1970, by the clock of the file system, when the stamp was taken or at any time since
 *   which nobody could have changed the file
 */
export function isYoung(stamps: Stamps, row: number, now: number): boolean {
  const changed = changedAt(stamps, row);
  return !(changed < now - (changed % 1000 === 0 ? COARSE_TICK : TICK));
}

/** Milliseconds since 1970 of the last change that a stamp knows of. */
export function changedAt(stamps: Stamps, row: number): number {
  return stamps[row * COLUMNS + 2] as number;
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

/** Digest of what a folder holds: the names. */
export function digestOfNames(names: readonly string[]): number {
  return digest([...names].sort().join('\0'));
}

/** Stamps the entry itself, not what a link leads to: a rendering has no links. */
export function stampEntry(stamps: Stamps, row: number, path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats) writeStamp(stamps, row, stats);
  else writeUnknown(stamps, row);
}
