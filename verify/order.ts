import { type Source, selects } from '../manifests/manifest';
import { changesBetween, type SteeringChange } from './changes';
import { type Finding, finding, type ManifestProblem } from './finding';
import { judgeMixture } from './mixture';
import { type Entry, ObjectSet } from './object-set';
import { destinationRuleOf, virtualServiceOf } from './routing';
import { answer, describeRequest, type Endpoint, requestsOf, type Surroundings } from './traffic';

/** The objects of one phase. */
export interface PhaseState {
  readonly name: string;
  readonly objects: readonly Source[];
}

/** What order is judged by. */
export interface OrderOptions {
  /**
   * Endpoints that exist in the cluster and are in no manifest.
   *
   * @default - where a route gives a share to a subset for which no phase has anything, its endpoints are taken to exist
   */
  readonly existing?: readonly Endpoint[];
}

/** More than this many objects that steer traffic would mean more than 4,096 mixed states. */
const MOST_CHANGES = 12;

/**
 * Looks at every mixture of two neighbouring phases: for each set of the changed objects, the cluster in which those
 * have arrived and the others have not. The way back runs through the same mixtures, so that one look serves both.
 */
export function verifyOrder(
  from: PhaseState,
  to: PhaseState,
  { existing = [] }: OrderOptions = {},
): Finding[] {
  const { kept, changes } = changesBetween(from.objects, to.objects);
  const between = `between ${from.name} and ${to.name}`;
  const [first] = changes;
  if (!first) return [];
  if (changes.length > MOST_CHANGES)
    return [
      finding('MF606', {
        entry: first.entry,
        path: [],
        message: `${between}, ${changes.length} objects that steer traffic change: too many to look at every order`,
        fix: `change at most ${MOST_CHANGES} of them in one phase`,
      }),
    ];
  const mixture = (arrived: number) =>
    new ObjectSet([
      ...kept,
      ...changes.flatMap(({ before, after }, index) => (arrived & (1 << index) ? after : before) ?? []),
    ]);
  const all = (1 << changes.length) - 1;
  const ends = [mixture(0), mixture(all)] as const;
  const surroundings = { existing, selectorless: selectorless(ends) };
  const requests = requestsOf(ends).map((request) => ({
    request,
    before: answer(request, ends[0], surroundings),
    after: answer(request, ends[1], surroundings),
  }));
  const found = new Map<string, Finding>();
  for (const arrived of byArrivals(all)) {
    const objects = mixture(arrived);
    for (const { request, before, after } of requests) {
      const now = answer(request, objects, surroundings);
      for (const { id, about, message, fix } of judgeMixture(now, before, after)) {
        if (found.has(`${id} ${about}`)) continue;
        const entry = routingEntry(objects, request.host) ?? first.entry;
        const problem: ManifestProblem = {
          entry,
          path: [],
          message: `${between}, ${describeArrival(changes, arrived)}: ${describeRequest(request)}: ${message}`,
          fix,
        };
        found.set(`${id} ${about}`, finding(id, problem));
      }
    }
  }
  return [...found.values()];
}

/** Fewest arrivals first, so that a finding names no more objects than it needs. */
function byArrivals(all: number): number[] {
  const count = (bits: number): number => (bits === 0 ? 0 : (bits & 1) + count(bits >> 1));
  return Array.from({ length: all + 1 }, (_, bits) => bits).sort((a, b) => count(a) - count(b) || a - b);
}

function describeArrival(changes: readonly SteeringChange[], arrived: number): string {
  const names = (has: boolean) =>
    changes
      .filter((_, index) => Boolean(arrived & (1 << index)) === has)
      .map(
        ({ entry, before, after }) =>
          `${entry.label} (${after ? (before ? 'changed' : 'created') : 'deleted'})`,
      );
  const [there, pending] = [names(true), names(false)];
  if (there.length === 0) return 'before anything has arrived';
  if (pending.length === 0) return 'when everything has arrived';
  return `when ${there.join(', ')} ${there.length > 1 ? 'have' : 'has'} arrived and ${pending.join(', ')} ${pending.length > 1 ? 'have' : 'has'} not`;
}

/** The object that decides about a host's requests. */
function routingEntry(objects: ObjectSet, host: string): Entry | undefined {
  const service = objects
    .istio('VirtualService')
    .map(virtualServiceOf)
    .find(({ hosts }) => hosts.includes(host));
  const rule = objects
    .istio('DestinationRule')
    .map(destinationRuleOf)
    .find((one) => one.host === host);
  return service?.entry ?? rule?.entry;
}

/** Where the Service is in no manifest, its endpoints are what a subset of its DestinationRule selects. */
function selectorless(ends: readonly ObjectSet[]): Surroundings['selectorless'] {
  const rules = ends.flatMap((objects) => objects.istio('DestinationRule').map(destinationRuleOf));
  return (host, labels) =>
    rules.some((rule) => rule.host === host && rule.subsets.some((subset) => selects(subset.labels, labels)));
}
