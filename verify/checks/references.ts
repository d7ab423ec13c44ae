import { closest } from 'fastest-levenshtein';
import type { Path } from '../../manifests/manifest';
import type { Problem, Severity } from '../finding';
import type { Entry, ObjectSet } from '../object-set';
import { destinationRuleOf, MESH, virtualServiceOf } from '../routing';
import { looksMistyped } from '../similar';
import type { Check } from './check';

/** Routes lead to hosts that exist. */
export const destinationHosts: Check = {
  id: 'MF201',
  title: 'every destination host exists',
  istio: ['IST0101'],
  run: function* (objects, context) {
    for (const entry of objects.istio('VirtualService')) {
      const destinations = virtualServiceOf(entry).routes.flatMap((route) => route.destinations);
      for (const { host, written, path } of firstOfEach(destinations, (destination) => destination.host))
        yield* unknownHost(entry, [...path, 'host'], host, written, objects, context);
    }
  },
};

/** A subset that no DestinationRule names answers every request with 503. */
export const subsets: Check = {
  id: 'MF202',
  title: 'every subset of a route is in the DestinationRule of its host',
  istio: ['IST0101'],
  run: function* (objects, context) {
    const rules = [...objects.istio('DestinationRule'), ...context.istio('DestinationRule')].map(
      destinationRuleOf,
    );
    const subsetsOf = new Map<string, string[]>();
    for (const rule of rules)
      subsetsOf.set(rule.host, [
        ...(subsetsOf.get(rule.host) ?? []),
        ...rule.subsets.map(({ name }) => name),
      ]);
    for (const entry of objects.istio('VirtualService')) {
      const destinations = virtualServiceOf(entry).routes.flatMap((route) => route.destinations);
      for (const { host, subset, path, written } of firstOfEach(
        destinations,
        (one) => `${one.host} ${one.subset}`,
      )) {
        if (subset === undefined) continue;
        const names = subsetsOf.get(host) ?? [];
        if (names.includes(subset)) continue;
        yield {
          entry,
          path: [...path, 'subset'],
          message:
            names.length === 0
              ? `no DestinationRule here gives ${written} a subset ${subset}: requests for it would fail with 503`
              : `the DestinationRule of ${written} has no subset ${subset}: requests for it would fail with 503`,
          fix:
            names.length === 0
              ? `add a DestinationRule for ${written} with the subset ${subset}, or look at its folder together with this one`
              : `use one of ${names.join(', ')}, or add the subset`,
        };
      }
    }
  },
};

/** A VirtualService that is bound to a Gateway that does not exist serves nobody. */
export const gateways: Check = {
  id: 'MF203',
  title: 'every gateway of a VirtualService exists',
  istio: ['IST0101'],
  run: function* (objects, context) {
    const known = [...objects.istio('Gateway'), ...context.istio('Gateway')].map(
      ({ namespace, name }) => `${namespace}/${name}`,
    );
    for (const entry of objects.istio('VirtualService'))
      for (const [index, name] of virtualServiceOf(entry).gateways.entries()) {
        if (name === MESH || known.includes(name)) continue;
        yield { entry, path: ['spec', 'gateways', index], ...missing('Gateway', name, known) };
      }
  },
};

/** A DestinationRule for a host that does not exist has no effect. */
export const ruleHosts: Check = {
  id: 'MF204',
  title: 'the host of every DestinationRule exists',
  istio: ['IST0174'],
  run: function* (objects, context) {
    for (const entry of objects.istio('DestinationRule')) {
      const { host, written } = destinationRuleOf(entry);
      if (!written.includes('*'))
        yield* unknownHost(entry, ['spec', 'host'], host, written, objects, context);
    }
  },
};

/** One finding tells enough, however many routes repeat the name. */
function firstOfEach<T>(list: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(list.toReversed().map((item) => [key(item), item])).values()].toReversed();
}

function* unknownHost(
  entry: Entry,
  path: Path,
  host: string,
  written: string,
  ...sets: readonly ObjectSet[]
): Generator<Problem> {
  if (sets.some((set) => set.hosts.has(host) || servesWildcard(set, host))) return;
  const known = sets.flatMap((set) => [...set.hosts.keys()]);
  const service = /^([^.]+)\.([^.]+)(\.svc)?$/.exec(written);
  if (service && known.includes(`${service[1]}.${service[2]}.svc`)) {
    yield {
      entry,
      path,
      message: `host ${written} is taken literally: Istio completes only names without a dot`,
      fix: `write ${service[1]}.${service[2]}.svc.cluster.local, with the domain of your cluster`,
    };
    return;
  }
  yield { entry, path, ...missing('Service or ServiceEntry', host, known) };
}

function servesWildcard(set: ObjectSet, host: string): boolean {
  return [...set.hosts.keys()].some((known) => known.startsWith('*') && host.endsWith(known.slice(1)));
}

/**
 * What is not here may exist in the cluster: that is a note. A name that is a letter or two from one that is here is
 * a mistake.
 */
function missing(
  kind: string,
  name: string,
  known: readonly string[],
): Pick<Problem, 'message' | 'fix' | 'severity'> {
  const near = known.length > 0 ? closest(name, [...known]) : undefined;
  const mistyped = near !== undefined && looksMistyped(name, near);
  const severity: Severity = mistyped ? 'error' : 'note';
  return {
    severity,
    message: mistyped
      ? `there is no ${kind} ${name} here, but ${near}`
      : `${kind} ${name} is not here; taken as one that exists in the cluster`,
    fix: mistyped ? `write ${near}, or declare ${name}` : `nothing, if it exists; else declare ${name}`,
  };
}
