import { type Source, selects } from '../manifests/manifest';
import { type Finding, finding, type ManifestProblem } from './finding';
import { type Entry, ObjectSet } from './object-set';
import { destinationRuleOf, virtualServiceOf, weightOf } from './routing';
import {
  type Answer,
  answer,
  describeRequest,
  type Endpoint,
  requestsOf,
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
}

/** Ids of the findings, and what holds where there is none. */
export const ORDER_CHECKS = [
  { id: 'MF601', title: 'on the way between two phases, every route has its subset' },
  { id: 'MF602', title: 'on the way between two phases, every weighted subset has endpoints' },
  {
    id: 'MF603',
    title: 'on the way between two phases, nothing gets more than the larger of its two shares',
  },
  { id: 'MF604', title: 'on the way between two phases, a VM and pods never answer unsplit' },
  { id: 'MF605', title: 'on the way between two phases, every request keeps being answered' },
  { id: 'MF606', title: 'two neighbouring phases change few enough objects to look at every order' },
  { id: 'MF607', title: 'shares go one way: what the VM has given away, no later phase hands back' },
] as const;

/** More than this many objects that steer traffic would mean more than 4,096 mixed states. */
const MOST_CHANGES = 12;

/** Kinds that decide where a request goes; others reach the cluster in any order without one being seen. */
const STEERING = new Set([
  'DaemonSet',
  'Deployment',
  'DestinationRule',
  'Pod',
  'ReplicaSet',
  'Service',
  'ServiceEntry',
  'StatefulSet',
  'VirtualService',
  'WorkloadEntry',
  'WorkloadGroup',
]);

/** Checks that a migration can move between neighbouring phases, and back, whichever object arrives first. */
export function verifyPhases(phases: readonly PhaseState[], options: OrderOptions = {}): Finding[] {
  const existing = options.existing ?? existingEndpoints(phases);
  const pairs = phases.slice(1).map((to, index) => [phases[index] as PhaseState, to] as const);
  return [...pairs.flatMap(([from, to]) => verifyOrder(from, to, { existing })), ...verifyDirection(phases)];
}

/**
 * Looks at every mixture of two neighbouring phases: for each set of the changed objects, the cluster in which those
 * have arrived and the others have not. The way back runs through the same mixtures, so that one look serves both.
 */
export function verifyOrder(
  from: PhaseState,
  to: PhaseState,
  { existing = [] }: OrderOptions = {},
): Finding[] {
  const { kept, changes } = compare(from.objects, to.objects);
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
      for (const { id, about, message, fix } of judge(now, before, after)) {
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

interface Change {
  readonly entry: Entry;
  readonly before?: Source;
  readonly after?: Source;
}

function compare(from: readonly Source[], to: readonly Source[]): { kept: Source[]; changes: Change[] } {
  const steering = (sources: readonly Source[]) =>
    new Map(
      new ObjectSet(sources).entries
        .filter(({ kind }) => STEERING.has(kind))
        .map((entry) => [entry.key, entry]),
    );
  const [before, after] = [steering(from), steering(to)];
  const kept: Source[] = [];
  const changes: Change[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, next] = [before.get(key), after.get(key)];
    const entry = (next ?? old) as Entry;
    if (old && next && sameObject(old, next)) kept.push(next.source);
    else changes.push({ entry, before: old?.source, after: next?.source });
  }
  return { kept, changes };
}

function sameObject(one: Entry, other: Entry): boolean {
  return one.manifest === other.manifest || JSON.stringify(one.manifest) === JSON.stringify(other.manifest);
}

/** Fewest arrivals first, so that a finding names no more objects than it needs. */
function byArrivals(all: number): number[] {
  const count = (bits: number): number => (bits === 0 ? 0 : (bits & 1) + count(bits >> 1));
  return Array.from({ length: all + 1 }, (_, bits) => bits).sort((a, b) => count(a) - count(b) || a - b);
}

function* judge(now: Answer, before: Answer, after: Answer) {
  for (const subset of now.missing)
    yield {
      id: 'MF601',
      about: subset,
      message: `a route names subset ${subset}, which no DestinationRule has then: they fail`,
      fix: 'add a subset a phase before a route names it, and remove it a phase after the last route that did',
    };
  for (const subset of now.empty)
    yield {
      id: 'MF602',
      about: subset,
      message: `subset ${subset} gets a share and has no endpoints: they fail`,
      fix: 'start endpoints a phase before they get a share, and stop them a phase after they had one',
    };
  const mixed = [...new Set(now.unsplit)].sort();
  if (mixed.length > 0 && !(before.unsplit.length > 0 && after.unsplit.length > 0))
    yield {
      id: 'MF604',
      about: mixed.join(),
      message: `${mixed.join(' and ')} answer side by side, and nothing says how much each gets`,
      fix: 'have a VirtualService say which side serves before both are there, and until one is gone',
    };
  else
    for (const [endpoint, share] of now.share) {
      const most = Math.max(before.share.get(endpoint) ?? 0, after.share.get(endpoint) ?? 0);
      if (share <= most + 1e-9) continue; // weights that do not add up to 100 are scaled
      yield {
        id: 'MF603',
        about: endpoint,
        message: `${endpoint} gets up to ${share} %, more than the ${most} % that the two phases give it`,
        fix: 'change in one phase only objects that need not wait for each other',
      };
    }
  const answered = ({ share }: Answer) => share.size > 0;
  if (answered(before) && answered(after) && !answered(now) && now.missing.length + now.empty.length === 0)
    yield {
      id: 'MF605',
      about: '',
      message: 'nothing answers them, though both phases do',
      fix: 'replace an object in place, or add the new one a phase before the old one goes',
    };
}

function describeArrival(changes: readonly Change[], arrived: number): string {
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

/** Endpoints that must exist outside of the manifests: a route gives them a share, and no phase has anything there. */
function existingEndpoints(phases: readonly PhaseState[]): Endpoint[] {
  const sets = phases.map(({ objects }) => new ObjectSet(objects));
  const workloads = sets.flatMap((objects) => objects.workloads);
  const found = new Map<string, Endpoint>();
  for (const objects of sets) {
    const rules = objects.istio('DestinationRule').map(destinationRuleOf);
    for (const { routes } of objects.istio('VirtualService').map(virtualServiceOf))
      for (const route of routes)
        for (const destination of route.destinations) {
          const { host, subset: name } = destination;
          const subset = rules.find((rule) => rule.host === host)?.subsets.find((one) => one.name === name);
          if (!subset || weightOf(destination, route) === 0) continue;
          const service = sets.map((set) => set.hosts.get(host)).find((one) => one !== undefined);
          const namespace = service?.entry.namespace ?? host.split('.')[1] ?? '';
          if (workloads.some((one) => one.namespace === namespace && selects(subset.labels, one.labels)))
            continue;
          const label = `existing endpoints of subset ${subset.name}`;
          found.set(`${host} ${label}`, {
            label,
            namespace,
            labels: { ...service?.selector, ...subset.labels },
          });
        }
  }
  return [...found.values()];
}

/** Weights of a migration rise or fall; a VM that joins beside pods may leave again, but what it gave away stays given. */
function verifyDirection(phases: readonly PhaseState[]): Finding[] {
  const groups = phases.flatMap(({ objects }) =>
    new ObjectSet(objects).workloads.filter(({ side }) => side === 'vm').map(({ labels }) => labels),
  );
  const fell = new Map<string, { name: string; from: number; to: number }>();
  const last = new Map<string, { share: number; phase: string }>();
  const findings: Finding[] = [];
  for (const phase of phases) {
    const objects = new ObjectSet(phase.objects);
    const rules = objects.istio('DestinationRule').map(destinationRuleOf);
    for (const { entry, routes } of objects.istio('VirtualService').map(virtualServiceOf)) {
      const shares = routes.flatMap((route) =>
        rules.flatMap(({ host, subsets }) => {
          const vms = subsets.filter((subset) => groups.some((labels) => selects(subset.labels, labels)));
          const own = route.destinations.filter((to) => to.host === host && to.subset !== undefined);
          const named = own.filter((to) => vms.some(({ name }) => name === to.subset));
          return own.length > 0 ? [named.reduce((sum, to) => sum + weightOf(to, route), 0)] : [];
        }),
      );
      if (shares.length === 0) continue;
      const share = Math.max(...shares);
      const before = last.get(entry.key);
      last.set(entry.key, { share, phase: phase.name });
      if (!before) continue;
      if (share < before.share) fell.set(entry.key, { name: phase.name, from: before.share, to: share });
      const fall = fell.get(entry.key);
      if (fall && share > before.share)
        findings.push(
          finding('MF607', {
            entry,
            path: ['spec'],
            message: `${phase.name} gives the VM ${share} % again, after ${fall.name} took it from ${fall.from} % to ${fall.to} %`,
            fix: 'let the steps rise or fall throughout; to go back, move to an earlier phase',
          }),
        );
    }
  }
  return findings;
}
