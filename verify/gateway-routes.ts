import { fields, items, type Path, text } from '../manifests/manifest';
import type { Match } from './match';
import { type Entry, hostName, type ObjectSet } from './object-set';
import { type Destination, MESH, type Route, type VirtualService, virtualServiceOf } from './routing';

const GROUP = 'gateway.networking.k8s.io';
const ISTIO = 'networking.istio.io';

/** Kinds of routes of the Gateway API, as Istio routes a mesh by them. */
export const GATEWAY_ROUTES = ['HTTPRoute', 'GRPCRoute', 'TCPRoute'] as const;

/** Whether an object is such a route. */
export function isGatewayRoute({ group, kind }: Entry): boolean {
  return group === GROUP && GATEWAY_ROUTES.some((one) => one === kind);
}

type Fields = Readonly<Record<string, unknown>>;

const known = new WeakMap<ObjectSet, readonly VirtualService[]>();
const rulesOf = new WeakMap<object, readonly Route[]>();

/**
 * Everything in the set that routes requests: its VirtualServices, and the routes of the Gateway API as Istio converts
 * them, one for each parent.
 */
export function routingIn(objects: ObjectSet): readonly VirtualService[] {
  const found = known.get(objects) ?? [
    ...objects.istio('VirtualService').map(virtualServiceOf),
    ...GATEWAY_ROUTES.flatMap((kind) => objects.of(kind, GROUP)).flatMap((entry) => attached(entry, objects)),
  ];
  known.set(objects, found);
  return found;
}

/** The Services that a route of the Gateway API leads to, by the names that {@link hostName} gives. */
export function gatewayDestinations(entry: Entry): readonly Destination[] {
  return convertedRules(entry).flatMap(({ destinations }) => destinations);
}

/** A route once for each of its parents, as Istio makes a VirtualService of it. */
function attached(entry: Entry, objects: ObjectSet): VirtualService[] {
  const routes = convertedRules(entry);
  return items(entry.spec.parentRefs)
    .map(fields)
    .flatMap((parent) => {
      const name = text(parent.name) ?? '';
      const namespace = text(parent.namespace) ?? entry.namespace;
      const kind = text(parent.kind) ?? 'Gateway';
      const group = text(parent.group) ?? GROUP;
      if (kind === 'Gateway' && group === GROUP) {
        const hosts = items(entry.spec.hostnames).map(String);
        return [
          { entry, hosts: hosts.length > 0 ? hosts : ['*'], gateways: [`${namespace}/${name}`], routes },
        ];
      }
      const hosts = meshHosts(group, kind, `${namespace}/${name}`, objects);
      if (hosts.length === 0) return [];
      const port = typeof parent.port === 'number' ? parent.port : undefined;
      return [{ entry, hosts, gateways: [MESH], attached: true, routes: atPort(routes, port) }];
    });
}

function meshHosts(group: string, kind: string, id: string, objects: ObjectSet): string[] {
  const [namespace = '', name = ''] = id.split('/');
  if (group === '' && kind === 'Service') return [hostName(name, namespace)];
  if (group !== ISTIO || kind !== 'ServiceEntry') return [];
  const entry = objects.istio('ServiceEntry').find((one) => one.name === name && one.namespace === namespace);
  return items(entry?.spec.hosts).map((host) => String(host).toLowerCase());
}

/** A parent's port is one more condition of each rule. */
function atPort(routes: readonly Route[], port: number | undefined): Route[] {
  if (port === undefined) return [...routes];
  return routes.map((route) => ({
    ...route,
    matches: (route.matches.length > 0 ? route.matches : [{}]).map((match) => ({ ...match, port })),
  }));
}

function convertedRules(entry: Entry): readonly Route[] {
  const before = rulesOf.get(entry.manifest);
  if (before) return before;
  const sort = entry.kind === 'TCPRoute' ? ('tcp' as const) : ('http' as const);
  const routes = items(entry.spec.rules)
    .map(fields)
    .flatMap((rule, index) => {
      const path = ['spec', 'rules', index];
      const destinations = backends(rule, path, entry.namespace);
      const matches = items(rule.matches).map(fields);
      // Istio gives each match a rule of its own, and sorts them.
      return (matches.length > 0 ? matches : [{}]).map((match) => ({
        sort,
        path,
        destinations,
        matches: [entry.kind === 'GRPCRoute' ? grpcMatch(match) : httpMatch(match)],
      }));
    });
  // A stable sort: what is equally specific stays in the order in which it is written.
  const sorted = sort === 'tcp' ? routes : routes.toSorted((a, b) => compare(b, a));
  rulesOf.set(entry.manifest, sorted);
  return sorted;
}

function backends(rule: Fields, path: Path, namespace: string): Destination[] {
  return items(rule.backendRefs)
    .map(fields)
    .flatMap((backend, index) => {
      const written = text(backend.name) ?? '';
      const [group, kind] = [text(backend.group) ?? '', text(backend.kind) ?? 'Service'];
      const isHost = group === ISTIO && kind === 'Hostname';
      if (!isHost && (group !== '' || kind !== 'Service')) return [];
      return [
        {
          host: isHost ? written.toLowerCase() : hostName(written, text(backend.namespace) ?? namespace),
          written,
          ...(typeof backend.port === 'number' && { port: backend.port }),
          weight: typeof backend.weight === 'number' ? backend.weight : 1,
          path: [...path, 'backendRefs', index],
        },
      ];
    });
}

/** Conditions of an HTTPRoute in the words of a VirtualService. */
function httpMatch(match: Fields): Match {
  const { type = 'PathPrefix', value = '/' } = fields(match.path);
  const method = text(match.method);
  return {
    uri: { [{ Exact: 'exact', RegularExpression: 'regex' }[String(type)] ?? 'prefix']: value },
    ...(method !== undefined && { method: { exact: method } }),
    ...named('headers', match.headers),
    ...named('queryParams', match.queryParams),
  };
}

/** Conditions of a GRPCRoute: Istio takes a service and a method for a path. */
function grpcMatch(match: Fields): Match {
  const { type = 'Exact', service, method } = fields(match.method);
  const exact = type === 'Exact' && service !== undefined;
  const uri =
    match.method === undefined
      ? undefined
      : exact && method !== undefined
        ? { exact: `/${service}/${method}` }
        : exact
          ? { prefix: `/${service}/` }
          : { regex: `/${service ?? '[^/]+'}/${method ?? '.+'}` };
  return { ...(uri && { uri }), ...named('headers', match.headers) };
}

function named(key: string, list: unknown): Fields {
  const entries = items(list).map(fields);
  if (entries.length === 0) return {};
  const conditions = entries.map(({ name, type = 'Exact', value }) => [
    String(name),
    { [type === 'Exact' ? 'exact' : 'regex']: value },
  ]);
  return { [key]: Object.fromEntries(conditions) };
}

/** The more specific is the larger, by Istio's own order. */
function compare(one: Route, other: Route): number {
  const [a, b] = [specificity(one.matches[0] ?? {}), specificity(other.matches[0] ?? {})];
  for (const [index, value] of a.entries()) if (value !== b[index]) return value - (b[index] ?? 0);
  return 0;
}

const RANKS = ['regex', 'prefix', 'exact'];

function specificity(match: Match): number[] {
  const [[kind = '', value = ''] = []] = Object.entries(fields(match.uri));
  return [
    RANKS.indexOf(kind),
    String(value).length,
    match.method === undefined ? 0 : 1,
    Object.keys(fields(match.headers)).length,
    Object.keys(fields(match.queryParams)).length,
  ];
}
