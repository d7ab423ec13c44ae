import type { LoadedMigration } from '../../config';
import { milliseconds } from '../../config/schema/duration';
import { type Queries, queriesFor } from '../../metrics/queries';
import type { Phase } from '../../plan/phase';
import { measured, observed, spell } from './check-text';
import type { Prometheus } from './prometheus';
import type { GateCheck } from './verdict';

/** Latencies this close count as the same: network and scrapes differ by as much. */
const SAME_MS = 10;

/** What the checks on metrics ask, and of what. */
export interface Asked {
  readonly prometheus: Prometheus;
  readonly loaded: LoadedMigration;
}

/** Checks on metrics before a migration leaves a phase for the next. */
export async function metricChecks(
  asked: Asked,
  phase: Phase,
  next: Phase | undefined,
): Promise<GateCheck[]> {
  const { loaded } = asked;
  const { gate } = loaded.migration;
  const queries = queriesFor(loaded);
  const checks: GateCheck[] = [];
  // Once a subset is gone, no Envoy has a cluster for it. Istio's own metrics name workloads and remain.
  const judged = phase.share.kubernetes > 0 && (gate.metrics === 'istio' || phase.weights !== undefined);
  if (judged) checks.push(...(await judgePods(asked, queries)));
  if (phase.vm && next && !next.vm && queries.connections) {
    checks.push(await openConnections(asked, queries.connections()));
  }
  return checks;
}

async function judgePods({ prometheus, loaded }: Asked, queries: Queries): Promise<GateCheck[]> {
  const { window, minRequests, success, latency, baseline } = loaded.migration.gate;
  const counted = queries.requests('kubernetes', window);
  const n = Math.round((await prometheus.number(counted)) ?? 0);
  if (n < minRequests) {
    return [
      observed('requests to pods', 'wait', `n=${n}`, `≥ ${minRequests}`, {
        basis: spell(window),
        query: counted,
      }),
    ];
  }
  const vmCount = (await prometheus.number(queries.requests('vm', baseline))) ?? 0;
  const hasBaseline = vmCount >= minRequests;
  const basis = `${spell(window)}, n=${n}`;
  const against = (vm: string) => `${basis}; VM ${vm} in ${spell(baseline)}, n=${Math.round(vmCount)}`;
  const checks: GateCheck[] = [];
  const ask = async (name: string, query: string, judge: (value: number) => GateCheck[]) => {
    const value = await prometheus.number(query);
    checks.push(
      ...(value === undefined
        ? [observed(name, 'wait', 'no data', 'a number', { basis, query })]
        : judge(value)),
    );
  };
  if (queries.success) {
    const query = queries.success('kubernetes', window);
    const vm = hasBaseline ? await prometheus.number(queries.success('vm', baseline)) : undefined;
    await ask('success of pods', query, (value) => [
      measured({
        name: 'success of pods',
        value,
        bound: success.min,
        good: 'atLeast',
        unit: '%',
        basis,
        query,
      }),
      ...(vm === undefined
        ? []
        : [
            measured({
              name: 'success of pods against the VM',
              value,
              bound: Math.max(0, vm - success.belowVm),
              good: 'atLeast',
              unit: '%',
              basis: against(`${vm.toFixed(2)} %`),
              query,
            }),
          ]),
    ]);
  }
  if (queries.latency) {
    const query = queries.latency('kubernetes', window);
    const name = `p${latency.percentile} of pods`;
    const vm = hasBaseline ? await prometheus.number(queries.latency('vm', baseline)) : undefined;
    await ask(name, query, (value) => [
      ...(latency.max === undefined
        ? []
        : [
            measured({
              name,
              value,
              bound: milliseconds(latency.max),
              good: 'atMost',
              unit: 'ms',
              basis,
              query,
            }),
          ]),
      ...(vm === undefined
        ? []
        : [
            measured({
              name: `${name} against the VM`,
              value,
              bound: Math.max(vm * (1 + latency.aboveVm / 100), vm + SAME_MS),
              good: 'atMost',
              unit: 'ms',
              basis: against(`${vm.toFixed(0)} ms`),
              query,
            }),
          ]),
    ]);
  }
  if (queries.unreached) {
    const query = queries.unreached(window);
    const name = 'requests that reached neither side';
    await ask(name, query, (value) => [
      measured({
        name,
        value,
        bound: 100 - success.min,
        good: 'atMost',
        unit: '%',
        basis: spell(window),
        query,
      }),
    ]);
  }
  return checks;
}

async function openConnections({ prometheus, loaded }: Asked, query: string): Promise<GateCheck> {
  const { gate } = loaded.migration;
  const name = 'TCP connections to the VM';
  const value = await prometheus.number(query);
  if (value === undefined) return observed(name, 'wait', 'no data', `≤ ${gate.connections}`, { query });
  const check = measured({
    name,
    value,
    bound: gate.connections,
    good: 'atMost',
    unit: '',
    basis: 'now',
    query,
  });
  // WAIT rather than HALT: connections end by themselves.
  return check.outcome === 'halt' ? { ...check, outcome: 'wait' } : check;
}
