import type { Path } from '../../manifests/manifest';
import type { ManifestProblem } from '../finding';
import { KnownNames } from '../known-names';
import type { Entry, ObjectSet } from '../object-set';
import { destinationRuleOf, MESH, virtualServiceOf } from '../routing';
import type { ManifestCheck } from './check';

/** Routes lead to hosts that exist. */
export const destinationHosts: ManifestCheck = {
  id: 'MF201',
  title: 'every destination host exists',
  istio: ['IST0101'],
  needs: 'cluster',
  run: function* (objects, context) {
    const hosts = new Hosts(objects, context);
    for (const entry of objects.istio('VirtualService')) {
      const destinations = virtualServiceOf(entry).routes.flatMap((route) => route.destinations);
      for (const { host, written, path } of firstOfEach(destinations, (destination) => destination.host))
        yield* hosts.problems(entry, [...path, 'host'], host, written);
    }
  },
};

/** A subset that no DestinationRule names answers every request with 503. */
export const subsets: ManifestCheck = {
  id: 'MF202',
  title: 'every subset of a route is in the DestinationRule of its host',
  istio: ['IST0101'],
  needs: 'rendering',
  run: function* (objects, context) {
    const rules = [...objects.istio('DestinationRule'), ...context.istio('DestinationRule')].map(
      destinationRuleOf,
    );
    const rulesOf = groupBy(rules, ({ host }) => host);
    for (const entry of objects.istio('VirtualService')) {
      const destinations = virtualServiceOf(entry).routes.flatMap((route) => route.destinations);
      for (const { host, subset, path, written } of firstOfEach(
        destinations,
        (one) => `${one.host} ${one.subset}`,
      )) {
        if (subset === undefined) continue;
        const known = rulesOf.get(host) ?? [];
        const names = known.flatMap((rule) => rule.subsets.map(({ name }) => name));
        if (names.includes(subset)) continue;
        if (names.length > 0)
          yield {
            entry,
            path: [...path, 'subset'],
            needs: 'files',
            beside: known.map((rule) => rule.entry),
            message: `the DestinationRule of ${written} has no subset ${subset}: requests for it would fail with 503`,
            fix: `use one of ${names.join(', ')}, or add the subset`,
          };
        else
          yield {
            entry,
            path: [...path, 'subset'],
            message: `no DestinationRule here gives ${written} a subset ${subset}: requests for it would fail with 503`,
            fix: `add a DestinationRule for ${written} with the subset ${subset}, or look at its folder together with this one`,
          };
      }
    }
  },
};

/** A VirtualService that is bound to a Gateway that does not exist serves nobody. */
export const gateways: ManifestCheck = {
  id: 'MF203',
  title: 'every gateway of a VirtualService exists',
  istio: ['IST0101'],
  needs: 'cluster',
  run: function* (objects, context) {
    const known = new KnownNames(
      [...objects.istio('Gateway'), ...context.istio('Gateway')].map(
        ({ namespace, name }) => `${namespace}/${name}`,
      ),
    );
    for (const entry of objects.istio('VirtualService'))
      for (const [index, name] of virtualServiceOf(entry).gateways.entries()) {
        if (name === MESH || known.has(name)) continue;
        yield { entry, path: ['spec', 'gateways', index], ...missing('Gateway', name, known) };
      }
  },
};

/** A DestinationRule for a host that does not exist has no effect. */
export const ruleHosts: ManifestCheck = {
  id: 'MF204',
  title: 'the host of every DestinationRule exists',
  istio: ['IST0174'],
  needs: 'cluster',
  run: function* (objects, context) {
    const hosts = new Hosts(objects, context);
    for (const entry of objects.istio('DestinationRule')) {
      const { host, written } = destinationRuleOf(entry);
      if (!written.includes('*')) yield* hosts.problems(entry, ['spec', 'host'], host, written);
    }
  },
};

function groupBy<T>(list: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** One finding tells enough, however many routes repeat the name. */
function firstOfEach<T>(list: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(list.toReversed().map((item) => [key(item), item])).values()].toReversed();
}

/** The hosts of everything that is given. */
class Hosts {
  readonly #sets: readonly ObjectSet[];
  readonly #known: KnownNames;

  constructor(...sets: readonly ObjectSet[]) {
    this.#sets = sets;
    this.#known = new KnownNames(sets.flatMap((set) => [...set.hosts.keys()]));
  }

  /** What is wrong with a host that nothing declares. */
  *problems(entry: Entry, path: Path, host: string, written: string): Generator<ManifestProblem> {
    if (this.#known.has(host)) return;
    const [, name, namespace] = /^([^.]+)\.([^.]+)(?:\.svc)?$/.exec(written) ?? [];
    const meant = this.#sets.map((set) => set.hosts.get(`${name}.${namespace}.svc`)).find(Boolean);
    if (meant)
      yield {
        entry,
        path,
        needs: 'files',
        beside: [meant.entry],
        message: `host ${written} is taken literally: Istio completes only names without a dot`,
        fix: `write ${name}.${namespace}.svc.cluster.local, with the domain of your cluster`,
      };
    else yield { entry, path, ...missing('Service or ServiceEntry', host, this.#known) };
  }
}

/**
 * What is not here may exist in the cluster. Beside a name that differs by a letter or two it is most likely a
 * mistake: where a migration is rendered, such names do not come in pairs.
 */
function missing(
  kind: string,
  name: string,
  known: KnownNames,
): Pick<ManifestProblem, 'message' | 'fix' | 'needs'> {
  const meant = known.meant(name);
  return meant === undefined
    ? {
        needs: 'cluster',
        message: `${kind} ${name} is not here; taken as one that exists in the cluster`,
        fix: `nothing, if it exists; else declare ${name}`,
      }
    : {
        needs: 'rendering',
        message: `there is no ${kind} ${name} here, but ${meant}`,
        fix: `write ${meant}, or declare ${name}`,
      };
}
