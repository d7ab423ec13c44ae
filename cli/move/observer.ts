import type { LoadedMigration } from '../../config';
import { observed } from '../../operate/gate/check-text';
import { vmHealth } from '../../operate/gate/cluster';
import { judge, judgeSoak } from '../../operate/gate/judge';
import { PrometheusError } from '../../operate/gate/prometheus';
import type { Since } from '../../operate/gate/since';
import { type Verdict, verdictOf } from '../../operate/gate/verdict';
import type { Observer } from '../../operate/promote/promote';
import type { MergeTime } from '../../operate/promote/since';
import type { SourceReader } from '../sources';

/** What decides whether a gate is asked, and what happens where it cannot be. */
export interface ObserverOptions {
  readonly whenGreen?: boolean;
  readonly despite?: string;
}

/** Looks at the cluster and at Prometheus for moves. */
export function observerOf(reader: SourceReader, mergeTime: MergeTime, options: ObserverOptions): Observer {
  return {
    vm: async (loaded) => vmHealth(await reader.cluster(), loaded),
    gate: async (loaded, since) => {
      if (!reader.prometheus(loaded) && !options.whenGreen) {
        const soaked = judgeSoak(loaded, since);
        // That it has soaked is no gate that somebody asked.
        return soaked.outcome === 'go' ? undefined : soaked;
      }
      try {
        return await judge(loaded, await reader.sourcesOf(loaded, since));
      } catch (error) {
        if (!(error instanceof PrometheusError) || options.despite === undefined) throw error;
        return judgeWithoutPrometheus(loaded, since, reader, error);
      }
    },
    mergeTime,
  };
}

/** Prometheus is down: --despite waives its checks, on record. */
async function judgeWithoutPrometheus(
  loaded: LoadedMigration,
  since: Since | undefined,
  reader: SourceReader,
  error: PrometheusError,
): Promise<Verdict> {
  const { prometheus: _, ...sources } = await reader.sourcesOf(loaded, since);
  const { id, phase, checks } = await judge(loaded, sources);
  const down = observed('Prometheus', 'wait', error.message.replace(/^✖ /, ''), 'an answer');
  return verdictOf(id, phase, [down, ...checks]);
}
