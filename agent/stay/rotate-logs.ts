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

const LARGEST_BYTES = 10 << 20;
const KEPT = 3;

/**
 * Keeps Istio's logs small: a log of more than ten megabytes is packed away and emptied in place, since Istio holds
 * it open; three packed ones are kept. What is written between the copy and the emptying is lost.
 *
 * @returns the logs that were packed away
 */
export async function rotateLogs(folder: string, largestBytes = LARGEST_BYTES): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const large = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).size > largestBytes);
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
