import { fields, items } from '../../manifests/manifest';
import { covers, type Match } from '../match';
import type { Entry, ObjectSet } from '../object-set';
import { MESH, type Route, type VirtualService, virtualServiceOf } from '../routing';
import type { ManifestCheck } from './check';

/** Sidecars follow one VirtualService for a host; which of two is not defined. */
export const oneForAHost: ManifestCheck = {
  id: 'MF205',
  title: 'one VirtualService routes a host for the mesh',
  istio: ['IST0109'],
  needs: 'files',
  run: function* (objects, context) {
    const seen = new Map<string, VirtualService[]>();
    const judged = new Set(objects.istio('VirtualService'));
    for (const entry of [...context.istio('VirtualService'), ...judged]) {
      const service = virtualServiceOf(entry);
      if (!service.gateways.includes(MESH)) continue;
      for (const [index, host] of service.hosts.entries()) {
        const others = seen.get(host) ?? [];
        const other = others.find((one) => one.entry.key !== entry.key && meet(one.entry, entry));
        seen.set(host, [...others, service]);
        if (other && judged.has(entry))
          yield {
            entry,
            path: ['spec', 'hosts', index],
            beside: [other.entry],
            message: `${other.entry.label} routes ${items(entry.spec.hosts)[index]} for the mesh too: which of the two is followed is not defined`,
            fix: 'put the routes of the host into one VirtualService',
          };
      }
    }
  },
};

/** A gateway serves no host that its servers do not list. */
export const hostsInGateway: ManifestCheck = {
  id: 'MF206',
  title: 'a gateway lists a host of each VirtualService bound to it',
  istio: ['IST0132'],
  needs: 'files',
  run: function* (objects, context) {
    const gateways = new Map(
      [...objects.istio('Gateway'), ...context.istio('Gateway')].map((gateway) => [
        `${gateway.namespace}/${gateway.name}`,
        gateway,
      ]),
    );
    for (const entry of objects.istio('VirtualService')) {
      const { gateways: names } = virtualServiceOf(entry);
      const hosts = items(entry.spec.hosts).map(String);
      for (const [index, name] of names.entries()) {
        const gateway = gateways.get(name);
        if (!gateway) continue;
        const listed = gatewayHosts(gateway, entry.namespace);
        if (hosts.some((host) => listed.some((one) => overlap(one, host)))) continue;
        yield {
          entry,
          path: ['spec', 'gateways', index],
          beside: [gateway],
          message: `${gateway.label} lists none of the hosts ${hosts.join(', ')}: no request comes through it`,
          fix: `add one of the hosts to the servers of ${gateway.label}, or take the gateway out`,
        };
      }
    }
  },
};

/** A route after one that takes all of its requests is never used. */
export const reachableRoutes: ManifestCheck = {
  id: 'MF401',
  title: 'every route can be reached',
  istio: ['IST0130'],
  needs: 'files',
  run: function* (objects) {
    for (const { entry, route, matches } of shadowed(objects)) {
      if (!matches.every(({ by }) => by)) continue;
      yield {
        entry,
        path: route.path,
        message: `no request reaches this route: ${matches[0]?.by} takes all of them before`,
        fix: 'move it before that route, or remove it',
      };
    }
  },
};

/** A condition that an earlier route has taken already does nothing. */
export const effectiveMatches: ManifestCheck = {
  id: 'MF402',
  title: 'every match of a route can select requests',
  istio: ['IST0131'],
  needs: 'files',
  run: function* (objects) {
    for (const { entry, route, matches } of shadowed(objects)) {
      if (matches.every(({ by }) => by)) continue;
      for (const [index, { by }] of matches.entries())
        if (by)
          yield {
            entry,
            path: [...route.path, 'match', index],
            message: `this match selects nothing: ${by} takes all of its requests before`,
            fix: 'move the route before that one, or remove the match',
          };
    }
  },
};

/** Istio takes weights relative to each other, whatever they add up to. */
export const weights: ManifestCheck = {
  id: 'MF403',
  title: 'the weights of a route add up to 100',
  needs: 'rendering',
  run: function* (objects) {
    for (const entry of objects.istio('VirtualService'))
      for (const { destinations, path } of virtualServiceOf(entry).routes) {
        const given = destinations.filter(({ weight }) => weight !== undefined);
        if (given.length === 0 && destinations.length <= 1) continue;
        const sum = given.reduce((total, { weight }) => total + (weight ?? 0), 0);
        if (sum === 100) continue;
        yield {
          entry,
          path: [...path, 'route'],
          message: `weights add up to ${sum}, not 100${given.length < destinations.length ? '; a destination without a weight gets nothing' : ''}`,
          fix: 'give each destination a weight, 100 in all',
        };
      }
  },
};

/** Routes with matches that earlier routes take, each match with the route that takes it. */
function* shadowed(objects: ObjectSet) {
  for (const entry of objects.istio('VirtualService')) {
    const { routes, gateways } = virtualServiceOf(entry);
    const before: { route: Route; match: Match; sort: string }[] = [];
    for (const route of routes) {
      const own = (route.matches.length > 0 ? route.matches : [{}]).map((match) => ({ gateways, ...match }));
      const matches = own.map((match) => {
        const taker = before.find((one) => one.sort === route.sort && covers(one.match, match));
        return { by: taker && `spec.${taker.route.sort}[${taker.route.path[2]}]` };
      });
      if (matches.some(({ by }) => by)) yield { entry, route, matches };
      before.push(...own.map((match) => ({ route, match, sort: route.sort })));
    }
  }
}

/** Whether some sidecar sees both. */
export function meet(one: Entry, other: Entry): boolean {
  if (one.namespace === other.namespace) return true;
  const scope = ({ spec }: Entry) =>
    items(spec.exportTo).length > 0 ? items(spec.exportTo).map(String) : ['*'];
  const sees = (entry: Entry) => new Set(scope(entry).map((to) => (to === '.' ? entry.namespace : to)));
  const [first, second] = [sees(one), sees(other)];
  if (first.has('*') || second.has('*')) return true;
  return [...first].some((namespace) => second.has(namespace));
}

function gatewayHosts(gateway: Entry, from: string): string[] {
  return items(gateway.spec.servers)
    .flatMap((server) => items(fields(server).hosts).map(String))
    .flatMap((host) => {
      const [namespace, name] = host.includes('/') ? (host.split('/') as [string, string]) : ['*', host];
      const seen =
        namespace === '*' || namespace === from || (namespace === '.' && gateway.namespace === from);
      return seen ? [name] : [];
    });
}

/** Whether two hosts, each of which may start with `*`, have a name in common. */
function overlap(one: string, other: string): boolean {
  const tail = (host: string) => (host.startsWith('*') ? host.slice(1) : undefined);
  const [first, second] = [tail(one), tail(other)];
  if (first !== undefined && second !== undefined) return first.endsWith(second) || second.endsWith(first);
  if (first !== undefined) return other.endsWith(first);
  if (second !== undefined) return one.endsWith(second);
  return one === other;
}
