import type { ApiServer } from './client';
import { ApiError } from './client';
import type { KubernetesObject } from './objects';

/** A named object that is watched. */
export interface WatchTarget {
  /** Path of its collection, e.g. `/api/v1/namespaces/istio-system/configmaps`. */
  readonly collection: string;
  readonly name: string;
}

/** What a watch tells. */
export interface WatchHandlers {
  /** The object came or changed, or is gone (undefined). */
  readonly changed: (object: KubernetesObject | undefined) => void;
  /** A try failed; the next follows after `retryMs`. */
  readonly failed: (error: unknown, retryMs: number) => void;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** The server ends a watch after this long, and says a word (a bookmark) about once a minute before. */
const WATCH_SECONDS = 290;
const SILENCE_MS = 150_000;

/**
 * Watches one object for as long as `signal` allows: resumes where the last stream ended, begins anew where the
 * server has forgotten that place, and backs off, with jitter, while it does not answer.
 */
export async function watchObject(
  api: ApiServer,
  { collection, name }: WatchTarget,
  { changed, failed }: WatchHandlers,
  signal: AbortSignal,
): Promise<void> {
  const selector = `fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
  let version: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        const list = await api.get<{ metadata: { resourceVersion: string }; items: KubernetesObject[] }>(
          `${collection}?${selector}`,
        );
        version = list.metadata.resourceVersion;
        changed(list.items[0]);
      }
      failures = 0;
      const query = `${selector}&watch=true&allowWatchBookmarks=true&resourceVersion=${version}&timeoutSeconds=${WATCH_SECONDS}`;
      await api.stream(
        `${collection}?${query}`,
        (line) => {
          const event = JSON.parse(line) as { type: string; object: KubernetesObject & { code?: number } };
          if (event.type === 'ERROR') throw new ApiError(event.object.code ?? 500, 'the watch ended');
          version = event.object.metadata.resourceVersion ?? version;
          if (event.type !== 'BOOKMARK') changed(event.type === 'DELETED' ? undefined : event.object);
        },
        { signal, silenceMs: SILENCE_MS },
      );
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError) version = undefined;
      const retryMs = backoff(failures++);
      failed(error, retryMs);
      await pause(retryMs, signal);
    }
  }
}

/** Milliseconds before the next try: doubling, halved or not by chance, so that many machines do not come at once. */
export function backoff(failures: number, random = Math.random()): number {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 10));
  return Math.round(full * (0.5 + random / 2));
}

/** Waits, but not longer than `signal` allows. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
