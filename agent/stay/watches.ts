import { watch } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { complete } from '../config';
import { loadConfig } from '../config-file';
import { toFailure } from '../failure';
import { entriesPath, factTargets } from '../join/mesh-facts';
import { parseEntry, parseGroup } from '../join/parse-group';
import { ApiError } from '../kubernetes/api-error';
import { explainRefusal } from '../kubernetes/explain';
import type { KubernetesObject } from '../kubernetes/objects';
import { pollObject } from '../kubernetes/poll';
import { claimsOf } from '../kubernetes/token';
import { watchObject } from '../kubernetes/watch';
import type { Keeper } from './keeper';

/** Watches each object of the API server that this machine follows. */
export function watchFacts(keeper: Keeper, signal: AbortSignal): void {
  const { config, api } = keeper.session;
  for (const [fact, target] of Object.entries(factTargets(config))) {
    if (fact === 'gateway' && config.mesh.istiodAddress !== undefined) continue;
    let version: string | undefined;
    void watchObject(
      api,
      target,
      {
        answered: () => keeper.dispatch({ type: 'answered' }),
        changed: (object) => {
          if (fact === 'group') {
            const { namespace, name } = config.workloadGroup;
            const parse = (it: KubernetesObject) => parseGroup(it, namespace, name).group;
            ifTaken(keeper, object, parse, (group) => keeper.dispatch({ type: 'group', group }));
          }
          if (object && object.metadata.resourceVersion === version) return;
          version = object?.metadata.resourceVersion;
          if (object) keeper.dispatch({ type: 'changed', why: `${target.name} changed` });
        },
        failed: (error) => watchFailed(keeper, error),
      },
      signal,
    );
  }
}

/** A group that changes, or is created again, soon changes its entries. */
const GROUP_CHANGED_MS = 30_000;

/**
 * Follows the machine's own entry, which the agent may read and not watch. It is read often while it is expected to
 * change: after a change of its group, and while the machine gets no traffic.
 *
 * @returns ends it
 */
export function followEntry(keeper: Keeper, name: string, signal: AbortSignal): () => void {
  const { config, api } = keeper.session;
  const end = new AbortController();
  let { group } = keeper.state;
  let groupChangedAt = Number.NEGATIVE_INFINITY;
  const isUrgent = () => {
    if (keeper.state.group !== group) groupChangedAt = Date.now();
    group = keeper.state.group;
    return keeper.state.outSince !== undefined || Date.now() - groupChangedAt < GROUP_CHANGED_MS;
  };
  void pollObject(
    api,
    { collection: entriesPath(config), name },
    {
      answered: () => keeper.dispatch({ type: 'answered' }),
      changed: (object) => {
        const parse = (it: KubernetesObject) => parseEntry(it, config.workloadGroup.namespace, name);
        ifTaken(keeper, object, parse, (entry) => keeper.dispatch({ type: 'entry', entry }));
      },
      failed: (error) => watchFailed(keeper, error),
    },
    isUrgent,
    AbortSignal.any([signal, end.signal]),
  );
  return () => end.abort();
}

/** Watches the agent's own folder for another token, or another configuration. @returns ends the watch */
export function watchConfiguration(keeper: Keeper): () => void {
  const { paths, session, lines } = keeper;
  const watcher = watch(paths.etc, () => {
    try {
      const config = complete(loadConfig(paths.config));
      if (session.isOutdated) keeper.dispatch({ type: 'outdated', why: 'another token was set' });
      else if (!isDeepStrictEqual(config, session.config)) {
        keeper.dispatch({ type: 'outdated', why: 'the configuration changed' });
      }
    } catch (error) {
      lines.error(`its configuration cannot be read: ${(error as Error).message}`);
    }
  });
  return () => watcher.close();
}

/** Hands on what a watch brought, parsed. What is refused is logged, and the state stays as it was. */
function ifTaken<T>(
  keeper: Keeper,
  object: KubernetesObject | undefined,
  parse: (object: KubernetesObject) => T,
  handle: (parsed: T | undefined) => void,
): void {
  let parsed: T | undefined;
  try {
    parsed = object && parse(object);
  } catch (thrown) {
    const failure = toFailure(thrown);
    keeper.counters.failures++;
    keeper.lines.error(`${failure.message} → ${failure.next}`);
    return;
  }
  handle(parsed);
}

function watchFailed(keeper: Keeper, thrown: unknown): void {
  if (thrown instanceof ApiError && thrown.status === 410) return;
  const { token, config } = keeper.session;
  const failure = toFailure(explainRefusal(thrown, 'what it watches', token, config.workloadGroup.namespace));
  keeper.lines.warning(`${failure.message} → ${failure.next}; it goes on trying`);
  const expires = claimsOf(token)?.expires;
  const refused = failure.kind === 'bad-token' && expires !== undefined && expires > new Date();
  keeper.dispatch({ type: 'watch-failed', refused });
}
