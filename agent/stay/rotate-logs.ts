import {
  createReadStream,
  createWriteStream,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
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
  const large = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).size > maxBytes);
  for (const file of large) {
    for (let n = KEPT; n >= 1; n--) {
      const packed = `${file}.${n}.gz`;
      if (!existsSync(packed)) continue;
      if (n === KEPT) rmSync(packed);
      else renameSync(packed, `${file}.${n + 1}.gz`);
    }
    await pipeline(
      createReadStream(file),
      createGzip({ level: 1 }),
      createWriteStream(`${file}.1.gz`, { mode: 0o640 }),
    );
    truncateSync(file);
  }
  return large;
}
