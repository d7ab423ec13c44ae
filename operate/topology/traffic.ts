import type { LoadedMigration, Side } from '../../config';
import { queriesFor } from '../../metrics/queries';
import type { Prometheus } from '../gate/prometheus';

/** What callers measured of one side. */
export interface SideTraffic {
  /** Requests a second (TCP connections, where the service speaks nothing else). */
  readonly perSecond: number;
  /** Requests that succeeded, in percent; absent: nothing tells. */
  readonly success?: number;
  /** Latency at the gate's percentile, in milliseconds; absent: nothing tells. */
  readonly latency?: number;
  /** Requests that came over mutual TLS, in percent; absent: the metrics do not tell. */
  readonly mutualTls?: number;
}

/** A workload that calls the service. */
export interface Caller {
  /** `shop/checkout`, or `unknown` for callers outside the mesh. */
  readonly name: string;
  readonly perSecond: number;
}

/** A moment of the past. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Share that Kubernetes got, in percent. */
  readonly kubernetes: number;
}

/** What a mesh's Prometheus knows of a service. */
export interface Traffic {
  readonly vm: SideTraffic;
  readonly kubernetes: SideTraffic;
  /** The busiest first; empty where the metrics name none. */
  readonly callers: readonly Caller[];
  /** The measured share over time, the oldest first; moments without requests are left out. */
  readonly history: readonly Moment[];
}

const HISTORY_POINTS = 60;

/**
 * Asks Prometheus for the traffic of a service.
 *
 * @param span how far back the history goes, in milliseconds
 * @throws PrometheusError where it does not answer
 */
export async function measureTraffic(
  loaded: LoadedMigration,
  prometheus: Prometheus,
  { now, span }: { readonly now: Date; readonly span: number },
): Promise<Traffic> {
  const [vm, kubernetes, callers, history] = await Promise.all([
    sideTraffic(loaded, prometheus, 'vm'),
    loaded.migration.kubernetes ? sideTraffic(loaded, prometheus, 'kubernetes') : { perSecond: 0 },
    callersOf(loaded, prometheus),
    historyOf(loaded, prometheus, now, span),
  ]);
  return { vm, kubernetes, callers, history };
}

async function sideTraffic(
  loaded: LoadedMigration,
  prometheus: Prometheus,
  side: Side,
): Promise<SideTraffic> {
  const { window } = loaded.migration.gate;
  const { perSecond, success, latency, mutualTls } = queriesFor(loaded);
  const ask = (query: string | undefined) => (query === undefined ? undefined : prometheus.number(query));
  const [rate, good, slow, encrypted] = await Promise.all([
    ask(perSecond(side, window)),
    ask(success?.(side, window)),
    ask(latency?.(side, window)),
    ask(mutualTls?.(side, window)),
  ]);
  return {
    perSecond: rate ?? 0,
    ...(good !== undefined && { success: good }),
    ...(slow !== undefined && { latency: slow }),
    ...(encrypted !== undefined && { mutualTls: encrypted }),
  };
}

async function callersOf(loaded: LoadedMigration, prometheus: Prometheus): Promise<Caller[]> {
  const { callers } = queriesFor(loaded);
  if (!callers) return [];
  const samples = await prometheus.samples(callers(loaded.migration.gate.window));
  return samples
    .map(({ labels, value }) => ({
      name:
        labels.source_workload && labels.source_workload !== 'unknown'
          ? `${labels.source_workload_namespace}/${labels.source_workload}`
          : 'unknown',
      perSecond: value,
    }))
    .filter(({ perSecond }) => perSecond > 0)
    .sort((a, b) => b.perSecond - a.perSecond || a.name.localeCompare(b.name));
}

/**
 * The measured share over time, the oldest first.
 *
 * @param span how far back, in milliseconds
 * @throws PrometheusError where it does not answer
 */
export async function historyOf(
  loaded: LoadedMigration,
  prometheus: Prometheus,
  now: Date,
  span: number,
): Promise<Moment[]> {
  if (!loaded.migration.kubernetes) return [];
  const { perSecond } = queriesFor(loaded);
  const end = Math.floor(now.getTime() / 1000);
  const range = { start: end - Math.floor(span / 1000), end, step: Math.ceil(span / 1000 / HISTORY_POINTS) };
  const [vm, kubernetes] = await Promise.all(
    (['vm', 'kubernetes'] as const).map((side) =>
      prometheus.range(perSecond(side, loaded.migration.gate.window), range),
    ),
  );
  const moments = new Map<number, { vm: number; kubernetes: number }>();
  for (const [side, values] of [
    ['vm', vm],
    ['kubernetes', kubernetes],
  ] as const) {
    for (const { at, value } of values ?? []) {
      const moment = moments.get(at) ?? { vm: 0, kubernetes: 0 };
      moments.set(at, { ...moment, [side]: value });
    }
  }
  return [...moments]
    .filter(([, sides]) => sides.vm + sides.kubernetes > 0)
    .sort(([a], [b]) => a - b)
    .map(([at, sides]) => ({
      at: at * 1000,
      kubernetes: (100 * sides.kubernetes) / (sides.vm + sides.kubernetes),
    }));
}
