import { type Source, selects } from '../manifests/manifest';
import { changesBetween, type SteeringChange } from './changes';
import { type Finding, finding, type ManifestProblem } from './finding';
import { isGatewayRoute, routingIn } from './gateway-routes';
import { judgeMixture } from './mixture';
import { type Entry, ObjectSet } from './object-set';
import { destinationRuleOf } from './routing';
import {
  type Answer,
  answers,
  describeRequest,
  type Endpoint,
  type Request,
  requestsOf,
  routesFor,
  type Surroundings,
} from './traffic';

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
  /**
   * Finds the endpoints of a host whose Service is in no manifest.
   *
   * @default - by what the two phases say of it
   */
  readonly selectorless?: Surroundings['selectorless'];
}

/** More than this many changed objects that one request can meet would mean more than 4,096 mixed states. */
const MOST_CHANGES = 12;
/** A set of changes is kept in the bits of one number. */
const MOST_BITS = 30;

/**
 * Looks at every mixture of two neighbouring phases: for each set of the changed objects, the cluster in which those
 * have arrived and the others have not. The way back runs through the same mixtures, so that one look serves both.
 */
export function verifyOrder(from: PhaseState, to: PhaseState, options: OrderOptions = {}): Finding[] {
  const { kept, changes } = changesBetween(from.objects, to.objects);
  const between = `between ${from.name} and ${to.name}`;
  const [first] = changes;
  if (!first) return [];
  const tooMany = (count: number) =>
    finding('MF606', {
      entry: first.entry,
      path: [],
      message: `${between}, ${count} objects that steer traffic change: too many to look at every order`,
      fix: `change at most ${MOST_CHANGES} of them in one phase`,
    });
  if (changes.length > MOST_BITS) return [tooMany(changes.length)];
  const mixture = (arrived: number) =>
    new ObjectSet([
      ...kept,
      ...changes.flatMap(({ before, after }, index) => (arrived & (1 << index) ? after : before) ?? []),
    ]);
  const ends = [mixture(0), mixture((1 << changes.length) - 1)] as const;
  const surroundings = {
    existing: options.existing ?? [],
    selectorless: options.selectorless ?? selectorless(ends),
    declared: new Set(ends.flatMap(({ hosts }) => [...hosts.keys()])),
  };
  const requests = requestsOf(ends).map((request) => ({
    request,
    met: changes.reduce(
      (bits, change, index) => (concerns(change, request, ends) ? bits | (1 << index) : bits),
      0,
    ),
    before: answers(request, ends[0], surroundings)[0] as Answer,
    after: answers(request, ends[1], surroundings)[0] as Answer,
  }));
  const most = Math.max(0, ...requests.map(({ met }) => bitsIn(met)));
  if (most > MOST_CHANGES) return [tooMany(most)];
  const findings = new Map<string, Finding>();
  for (const arrived of byArrivals(requests.map(({ met }) => met))) {
    const objects = mixture(arrived);
    for (const { request, met, before, after } of requests) {
      // The same request meets the same objects in a mixture without the changes that do not concern it.
      if ((arrived & ~met) !== 0) continue;
      const found = answers(request, objects, surroundings);
      for (const { id, about, message, fix } of found.flatMap((now) => [
        ...judgeMixture(now, before, after),
      ])) {
        if (findings.has(`${id} ${about}`)) continue;
        const entry = routingEntry(objects, request.host) ?? first.entry;
        const problem: ManifestProblem = {
          entry,
          path: [],
          message: `${between}, ${describeArrival(changes, arrived)}: ${describeRequest(request)}: ${message}`,
          fix,
        };
        findings.set(`${id} ${about}`, finding(id, problem));
      }
    }
  }
  return [...findings.values()];
}

/** Whether a request can meet a change: a route of the Gateway API is for the requests of its parents alone. */
function concerns({ entry }: SteeringChange, request: Request, ends: readonly ObjectSet[]): boolean {
  if (!isGatewayRoute(entry)) return true;
  return ends.some((objects) =>
    routingIn(objects).some((one) => one.entry.key === entry.key && routesFor(request, [one]).length > 0),
  );
}

/** Every set of changes that one of the requests can meet, fewest first, so that a finding names no more than it needs. */
function byArrivals(met: readonly number[]): number[] {
  const sets = new Set<number>();
  for (const mask of new Set(met)) {
    // Each subset of a mask, from the whole down to nothing.
    for (let part = mask; ; part = (part - 1) & mask) {
      sets.add(part);
      if (part === 0) break;
    }
  }
  return [...sets].sort((a, b) => bitsIn(a) - bitsIn(b) || a - b);
}

function bitsIn(set: number): number {
  return set === 0 ? 0 : (set & 1) + bitsIn(set >>> 1);
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
  const service = routingIn(objects).find(({ hosts }) => hosts.includes(host));
  const rule = objects
    .istio('DestinationRule')
    .map(destinationRuleOf)
    .find((one) => one.host === host);
  return service?.entry ?? rule?.entry;
}

/**
 * Where the Service is in no manifest, its endpoints are what a subset of its DestinationRule selects, or what the
 * Services do that its routes lead to.
 */
export function selectorless(ends: readonly ObjectSet[]): Surroundings['selectorless'] {
  const rules = ends.flatMap((objects) => objects.istio('DestinationRule').map(destinationRuleOf));
  const sides = ends.flatMap((objects) =>
    routingIn(objects)
      .filter(({ attached }) => attached)
      .flatMap(({ hosts, routes }) => {
        const to = new Set(routes.flatMap(({ destinations }) => destinations.map((one) => one.host)));
        const selectors = [...to].map((host) => objects.hosts.get(host)?.selector ?? {});
        return hosts.map((host) => ({ host, selectors }));
      }),
  );
  return (host, labels) =>
    rules.some(
      (rule) => rule.host === host && rule.subsets.some((subset) => selects(subset.labels, labels)),
    ) ||
    sides.some((one) => one.host === host && one.selectors.some((selector) => isSelected(selector, labels)));
}

/** A selector without labels selects nothing. */
function isSelected(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.keys(selector).length > 0 && selects(selector, labels);
}
