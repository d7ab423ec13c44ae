import { pause } from '../pause';
import { ApiError } from './api-error';
import type { ApiServer } from './client';
import type { KubernetesObject } from './objects';
import { backoff, type WatchHandlers, type WatchTarget } from './watch';

/** Between two reads of an object of which nothing is expected. */
const CALM_MS = 5_000;
/** And of one that is expected to change. */
const URGENT_MS = 500;

/**
 * Reads one object again and again for as long as `signal` allows, where the agent may `get` it and not watch it:
 * RBAC grants `watch` of all objects of a kind, or of those whose names are known beforehand.
 *
 * @param isUrgent whether the object is expected to change; asked twice a second
 */
export async function pollObject(
  api: ApiServer,
  { collection, name }: WatchTarget,
  { answered, changed, failed }: WatchHandlers,
  isUrgent: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  let known: { readonly version: string | undefined } | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const object = await readIfThere(api, `${collection}/${name}`);
      if (signal.aborted) return;
      failures = 0;
      answered?.();
      const version = object?.metadata.resourceVersion;
      if (known?.version !== version || known === undefined) changed(object);
      known = { version };
      const readAt = Date.now();
      do await pause(URGENT_MS, signal);
      while (!(signal.aborted || isUrgent()) && Date.now() - readAt < CALM_MS);
    } catch (error) {
      if (signal.aborted) return;
      const retryMs = backoff(failures++);
      failed(error, retryMs);
      await pause(retryMs, signal);
    }
  }
}

async function readIfThere(api: ApiServer, path: string): Promise<KubernetesObject | undefined> {
  try {
    return await api.get<KubernetesObject>(path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
