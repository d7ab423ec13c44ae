import {
  constants,
  createWriteStream,
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const MAX_BYTES = 10 << 20;
const KEPT = 3;

/**
 * Keeps Istio's logs small: a log of more than ten megabytes is compressed to a copy and truncated in place, since
 * Istio holds it open. Three copies are kept. Lines written between the copy and the truncation are lost.
 *
 * @returns the logs that were rotated
 */
export async function rotateLogs(folder: string, maxBytes = MAX_BYTES): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const rotated: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const log = join(folder, entry.name);
    if (entry.isFile() && log.endsWith('.log') && (await rotate(log, maxBytes))) rotated.push(log);
  }
  return rotated;
}

/** The folder is istio-proxy's, who could put a link to any file there: no name in it is followed. */
async function rotate(log: string, maxBytes: number): Promise<boolean> {
  const handle = await open(log, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size <= maxBytes) return false;
    for (let n = KEPT; n >= 1; n--) {
      const packed = `${log}.${n}.gz`;
      if (!lstatSync(packed, { throwIfNoEntry: false })) continue;
      if (n === KEPT) rmSync(packed);
      else renameSync(packed, `${log}.${n + 1}.gz`);
    }
    await pipeline(
      handle.createReadStream({ start: 0, autoClose: false }),
      createGzip({ level: 1 }),
      createWriteStream(`${log}.1.gz`, { flags: 'wx', mode: 0o640 }),
    );
    await handle.truncate();
    return true;
  } finally {
    await handle.close();
  }
}
