import { Failure } from '../failure';
import { pause } from '../pause';
import { Untrusted } from '../untrusted';
import { ApiError } from './api-error';
import type { ApiServer } from './client';
import type { KubernetesObject } from './objects';

/** A named object that is watched. */
export interface WatchTarget {
  /** Path of its collection, e.g. `/api/v1/namespaces/istio-system/configmaps`. */
  readonly collection: string;
  readonly name: string;
}

/** Callbacks of a watch. */
export interface WatchHandlers {
  /** The server accepted the watch; events of the object follow. */
  readonly answered?: () => void;
  /** The object was created or changed, or is gone (undefined). */
  readonly changed: (object: KubernetesObject | undefined) => void;
  /** An attempt failed; the next follows after `retryMs`. */
  readonly failed: (error: unknown, retryMs: number) => void;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/**
 * The server ends a watch after this long at most, and sends a bookmark about once a minute until then, unless no
 * object of the kind has ever changed. A watch that is silent for longer may be dead: it is replaced.
 */
const WATCH_SECONDS = 290;
const SILENCE_MS = 150_000;
/** A watch that lasts this long, or delivers an event, works. After one that ends sooner, the agent backs off. */
const STEADY_MS = 5_000;

/**
 * Watches one object until `signal` fires. Resumes at the last resource version, lists again if the server no longer
 * has it, and backs off with jitter while it fails, for at least as long as the server asks.
 */
export async function watchObject(
  api: ApiServer,
  { collection, name }: WatchTarget,
  { answered, changed, failed }: WatchHandlers,
  signal: AbortSignal,
): Promise<void> {
  const selector = `fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
  let version: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    let works = false;
    let openedAt = Number.POSITIVE_INFINITY;
    const opened = () => {
      openedAt = Date.now();
      answered?.();
    };
    const line = (text: string) => {
      const { type, object } = parseEvent(text, name);
      works = true;
      version = object.metadata.resourceVersion ?? version;
      if (type !== 'BOOKMARK') changed(type === 'DELETED' ? undefined : object);
    };
    try {
      if (version === undefined) {
        const list = new Untrusted(
          await api.get<unknown>(`${collection}?${selector}`),
          `the list of ${name}`,
        );
        version = list.field('metadata').field('resourceVersion').text(VERSION, 'a resource version');
        changed(list.field('items').items()[0]?.optional(parseObject));
      }
      // Varies, since watches that began together, after an outage, would end together.
      const seconds = Math.round(WATCH_SECONDS * (0.8 + Math.random() / 5));
      const query = `${selector}&watch=true&allowWatchBookmarks=true&resourceVersion=${version}&timeoutSeconds=${seconds}`;
      await api.stream(`${collection}?${query}`, { opened, line }, { signal, silenceMs: SILENCE_MS });
      if (!works && Date.now() - openedAt < STEADY_MS) throw endedAtOnce(name);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError) version = undefined;
      if (works || Date.now() - openedAt >= STEADY_MS) failures = 0;
      const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
      const retryMs = Math.max(backoff(failures++), Math.min(asked, LAST_RETRY_MS));
      failed(error, retryMs);
      await pause(retryMs, signal);
    }
  }
}

interface WatchEvent {
  readonly type: string;
  readonly object: KubernetesObject;
}

const VERSION = /^[A-Za-z0-9._-]{1,128}$/;

/** @throws ApiError where the server ends the watch, Failure where it is no event */
function parseEvent(text: string, name: string): WatchEvent {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Failure(
      'unreachable',
      `the watch of ${name} brought something else than JSON: ${text.slice(0, 60)}`,
      'see what stands between this machine and the API server: a proxy may change or cut its answers',
      { cause: error },
    );
  }
  const event = new Untrusted(parsed, `the watch of ${name}`);
  const type = event.field('type').text(/^[A-Z]{1,32}$/, 'the type of an event');
  if (type !== 'ERROR') return { type, object: parseObject(event.field('object')) };
  const code = event.field('object').field('code');
  throw new ApiError(code.optional((it) => it.whole(100, 599)) ?? 500, 'the watch ended');
}

/** An object, as far as a watch has to know it; whoever watches reads the rest. */
function parseObject(object: Untrusted): KubernetesObject {
  const metadata = object.field('metadata');
  metadata.field('resourceVersion').text(VERSION, 'a resource version');
  return object.mapping() as unknown as KubernetesObject;
}

function endedAtOnce(name: string): Failure {
  return new Failure(
    'unreachable',
    `the watch of ${name} was ended at once`,
    'see what stands between this machine and the API server: a proxy may not let watches through',
  );
}

/** Milliseconds before the next attempt: doubled each time, with jitter, so that many machines do not retry at once. */
export function backoff(failures: number, random = Math.random()): number {
  const full = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 10));
  return Math.round(full * (0.5 + random / 2));
}
