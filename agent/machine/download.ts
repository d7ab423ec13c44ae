import { createHash } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../failure';

/** What a download may be, and how long it may take. */
export interface DownloadLimits {
  readonly bytes: number;
  /** From the first question to the last byte. */
  readonly totalMs: number;
  /** Without a byte. */
  readonly silenceMs: number;
}

const REDIRECTS = 3;

/**
 * Downloads a file by https, or by http where that is asked for. A redirect never leads from https to http.
 *
 * @param to where it is written; a part of it never stays
 * @returns SHA-256 of what came, in hexadecimal
 * @throws Failure `package` where it does not come within the limits, or `disk-full`
 */
export async function download(
  url: string,
  to: string,
  { plainHttp, limits }: { readonly plainHttp: boolean; readonly limits: DownloadLimits },
): Promise<string> {
  const signal = AbortSignal.timeout(limits.totalMs);
  const hash = createHash('sha256');
  let bytes = 0;
  rmSync(to, { force: true });
  try {
    const response = await open(url, { plainHttp, silenceMs: limits.silenceMs, signal });
    if (Number(response.headers['content-length']) > limits.bytes) {
      response.destroy();
      throw tooLarge(url, limits.bytes);
    }
    await pipeline(
      response,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          if (bytes > limits.bytes) throw tooLarge(url, limits.bytes);
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(to, { flags: 'wx', mode: 0o644 }),
      { signal },
    );
    return hash.digest('hex');
  } catch (error) {
    rmSync(to, { force: true });
    const { code, path } = error as NodeJS.ErrnoException;
    if (error instanceof Failure || path !== undefined || code === 'ENOSPC') throw error;
    const why = signal.aborted ? `it took longer than ${limits.totalMs / 1000} s` : (error as Error).message;
    throw unavailable(url, why, error);
  }
}

function open(
  url: string,
  how: { readonly plainHttp: boolean; readonly silenceMs: number; readonly signal: AbortSignal },
  redirects = REDIRECTS,
): Promise<IncomingMessage> {
  const { protocol } = new URL(url);
  if (protocol !== 'https:' && !(protocol === 'http:' && how.plainHttp)) {
    throw new Failure(
      'package',
      `the sidecar's package is at ${url}, which is not an https URL`,
      'serve it by https, or allow http: meshferry-agent set package <url> --sha256 <hex> --plain-http',
    );
  }
  return new Promise((resolve, reject) => {
    const get = protocol === 'https:' ? httpsGet : httpGet;
    const call = get(url, { timeout: how.silenceMs, signal: how.signal }, (response) => {
      const { statusCode = 0, headers } = response;
      if (statusCode === 200) {
        call.removeAllListeners('timeout').on('timeout', () => response.destroy(silent));
        return resolve(response);
      }
      response.resume();
      if (statusCode < 300 || statusCode >= 400 || !headers.location || redirects === 0) {
        return reject(unavailable(url, `HTTP ${statusCode}`));
      }
      try {
        const next = new URL(headers.location, url);
        const plainHttp = how.plainHttp && protocol === 'http:';
        resolve(open(next.href, { ...how, plainHttp }, redirects - 1));
      } catch (error) {
        reject(error);
      }
    });
    const silent = new Error(`nothing came for ${how.silenceMs / 1000} s`);
    call.on('timeout', () => call.destroy(silent));
    call.on('error', reject);
  });
}

function unavailable(url: string, why: string, cause?: unknown): Failure {
  return new Failure(
    'package',
    `the sidecar's package cannot be downloaded from ${url}: ${why}`,
    'check the address, or give another: meshferry-agent set package <url> --sha256 <hex>',
    { cause },
  );
}

function tooLarge(url: string, bytes: number): Failure {
  return unavailable(url, `it has more than ${bytes >> 20} MB`);
}
