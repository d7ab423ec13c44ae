import { selects } from '../manifests/manifest';
import { routingIn } from './gateway-routes';
import { covers, type Match } from './match';
import type { Host, ObjectSet, Workload } from './object-set';
import {
  type DestinationRule,
  destinationRuleOf,
  MESH,
  type Route,
  type VirtualService,
  weightOf,
} from './routing';

/** Endpoints as the traffic model knows them. */
export interface Endpoint {
  /** What a person calls it: `WorkloadGroup smm-demo/analytics-v0`. */
  readonly label: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** One sort of request: what is the same about many. */
export interface Request {
  /** Host that is called, by the name that hostName gives. */
  readonly host: string;
  /** `mesh`: from a sidecar; else the gateway it comes through. */
  readonly via: string;
  readonly sort: Route['sort'];
  /** Port that is called; a gateway's port may have any number. */
  readonly port?: number;
  /** What else a route can tell it by. */
  readonly match: Match;
}

/** Where requests of one sort go. */
export interface Answer {
  /** Most that each endpoint gets, in percent, by label. */
  readonly share: ReadonlyMap<string, number>;
  /** Endpoints among which no weight decides: then it is their number that does. */
  readonly unsplit: readonly string[];
  /** Subsets that a route names and no DestinationRule has, and Services that are not there. */
  readonly missing: readonly string[];
  /** Subsets and Services of one side that get a share and have no endpoints. */
  readonly empty: readonly string[];
}

/** What does not change while a migration moves. */
export interface Surroundings {
  /** Endpoints that exist and are in no manifest. */
  readonly existing: readonly Endpoint[];
  /** Finds the endpoints of a host whose Service is in no manifest. */
  readonly selectorless: (host: string, labels: Readonly<Record<string, string>>) => boolean;
  /** Hosts that one of the two phases declares: while such a host is missing, a route to it fails. */
  readonly declared: ReadonlySet<string>;
}

/**
 * Where a request goes while exactly the given objects are in the cluster. Where a VirtualService and routes of the
 * Gateway API are both for it, Istio goes by one of them, and which one depends on the caller and on their age: each is an
 * answer of its own.
 */
export function answers(request: Request, objects: ObjectSet, surroundings: Surroundings): Answer[] {
  const all = routingIn(objects);
  const [own, attached] = [false, true].map((is) => all.filter((one) => Boolean(one.attached) === is));
  const apart = [own, attached].filter((some) => some && routesFor(request, some).length > 0);
  return (apart.length > 1 ? apart : [all]).map((routing) =>
    answer(request, objects, surroundings, routing ?? all),
  );
}

function answer(
  request: Request,
  objects: ObjectSet,
  surroundings: Surroundings,
  routing: readonly VirtualService[],
): Answer {
  const result = { share: new Map<string, number>(), unsplit: [], missing: [], empty: [] } as {
    share: Map<string, number>;
    unsplit: string[];
    missing: string[];
    empty: string[];
  };
  const route = routeOf(request, routing);
  if (route === 'none') return result;
  const total = route ? route.destinations.reduce((sum, to) => sum + weightOf(to, route), 0) : 100;
  const destinations = route?.destinations ?? [{ host: request.host, subset: undefined }];
  for (const destination of destinations) {
    const weight = route
      ? (weightOf(destination as Route['destinations'][number], route) * 100) / (total || 1)
      : 100;
    const rule = objects
      .istio('DestinationRule')
      .map(destinationRuleOf)
      .find(({ host }) => host === destination.host);
    const subset = rule?.subsets.find(({ name }) => name === destination.subset);
    if (destination.subset !== undefined && !subset) {
      result.missing.push(`subset ${destination.subset} of ${destination.host}`);
      continue;
    }
    const isElsewhere = destination.host !== request.host;
    if (isElsewhere && surroundings.declared.has(destination.host) && !objects.hosts.has(destination.host)) {
      result.missing.push(`Service ${destination.host}`);
      continue;
    }
    if (weight === 0) continue;
    const all = endpointsOf(destination.host, objects, surroundings);
    const endpoints = preferred(
      subset ? all.filter(({ labels }) => selects(subset.labels, labels)) : all,
      rule,
    );
    if (subset && endpoints.length === 0) result.empty.push(`subset ${subset.name} of ${destination.host}`);
    else if (isElsewhere && endpoints.length === 0 && objects.hosts.has(destination.host))
      result.empty.push(`Service ${destination.host}`);
    if (endpoints.length > 1) result.unsplit.push(...endpoints.map(({ label }) => label));
    for (const { label } of endpoints) result.share.set(label, (result.share.get(label) ?? 0) + weight);
  }
  return result;
}

/** Every sort of request that the routes of the given objects can tell apart. */
export function requestsOf(sets: readonly ObjectSet[]): Request[] {
  const services = sets.flatMap(routingIn);
  const requests = new Map<string, Request>();
  const add = (request: Request) => requests.set(JSON.stringify(request), request);
  for (const [host, { ports }] of declaredHosts(sets))
    for (const { number, name } of ports)
      add({ host, via: MESH, sort: sortOf(name, number, services), port: number, match: {} });
  for (const { hosts, gateways, routes, attached } of services)
    for (const host of hosts)
      for (const via of gateways)
        for (const { sort, matches, destinations } of routes)
          for (const { port, gateways: only, ...match } of matches.length > 0 ? matches : [{} as Match]) {
            if (Array.isArray(only) && !only.includes(via)) continue;
            const declared = declaredHosts(sets).get(host);
            const isHere = declared || attached || destinations.some((to) => to.host === host);
            if (via === MESH && !isHere) continue;
            const numbers =
              via !== MESH
                ? [undefined]
                : typeof port === 'number'
                  ? [port]
                  : destinations.map((to) => to.port);
            for (const number of numbers) {
              if (declared && number !== undefined && !declared.ports.some((one) => one.number === number))
                continue;
              const where = { host, via, sort, ...(number !== undefined && { port: number }) };
              add({ ...where, match });
              add({ ...where, match: {} });
            }
          }
  return [...requests.values()];
}

/** How a request is told to a person. */
export function describeRequest({ host, via, sort, port, match }: Request): string {
  const how = via === MESH ? '' : ` through gateway ${via}`;
  const what = Object.keys(match).length > 0 ? ` with ${JSON.stringify(match)}` : '';
  return `${sort} requests for ${host}${port === undefined ? '' : `:${port}`}${how}${what}`;
}

/** The routes that a request is looked up in: those of its host, its way in, its sort and its port. */
export function routesFor(
  { host, via, sort, port }: Request,
  services: readonly Pick<VirtualService, 'hosts' | 'gateways' | 'routes'>[],
): Route[] {
  return services
    .filter(({ hosts, gateways }) => hosts.includes(host) && gateways.includes(via))
    .flatMap(({ routes }) => routes)
    .filter((route) => route.sort === sort)
    .filter(
      ({ matches }) =>
        matches.length === 0 || matches.some((one) => one.port === undefined || one.port === port),
    );
}

/** The route that takes it, undefined where it goes to its host as it is, `none` where nothing answers. */
function routeOf(request: Request, routing: readonly VirtualService[]): Route | 'none' | undefined {
  const { via, sort, port, match } = request;
  const routes = routesFor(request, routing);
  const full = { ...match, gateways: [via], ...(port !== undefined && { port }) };
  const found = routes.find(
    ({ matches }) => matches.length === 0 || matches.some((one) => covers(one, full)),
  );
  if (found) return found;
  // A gateway knows no host but by a VirtualService, and an http host with routes answers 404 to the rest.
  return via !== MESH || (sort === 'http' && routes.length > 0) ? 'none' : undefined;
}

function endpointsOf(
  name: string,
  objects: ObjectSet,
  { existing, selectorless }: Surroundings,
): readonly Endpoint[] {
  const host = objects.hosts.get(name);
  const [, namespace] = name.split('.');
  const here = objects.workloads.filter(({ running }) => running).map(endpointOf);
  if (host && Object.keys(host.selector).length === 0)
    return [{ label: host.entry.label, namespace: '', labels: {} }];
  return [...here, ...existing].filter((endpoint) =>
    host
      ? endpoint.namespace === host.entry.namespace && selects(host.selector, endpoint.labels)
      : endpoint.namespace === namespace && selectorless(name, endpoint.labels),
  );
}

function endpointOf({ entry, namespace, labels }: Workload): Endpoint {
  return { label: entry.label, namespace, labels };
}

/** Those that the rule's failover puts first among the ones that are there. */
function preferred(endpoints: readonly Endpoint[], rule: DestinationRule | undefined): readonly Endpoint[] {
  for (const [key, value] of rule?.failover ?? []) {
    const first = endpoints.filter(({ labels }) => labels[key] === value);
    if (first.length > 0) return first;
  }
  return endpoints;
}

function declaredHosts(sets: readonly ObjectSet[]): Map<string, Host> {
  return new Map(sets.flatMap((set) => [...set.hosts]));
}

/** How a port is routed: as a VirtualService does, else by the first word of its name. */
function sortOf(
  name: string,
  port: number,
  services: readonly { readonly routes: readonly Route[] }[],
): Route['sort'] {
  const routed = services
    .flatMap(({ routes }) => routes)
    .find(({ matches }) => matches.some((match) => match.port === port));
  return routed?.sort ?? (/^(http|grpc)/.test(name) ? 'http' : 'tcp');
}
