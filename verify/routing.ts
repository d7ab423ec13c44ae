import { fields, items, type Path, text, texts } from '../manifests/manifest';
import type { Match } from './match';
import { type Entry, hostName } from './object-set';

/** Stands for every sidecar in a VirtualService's `gateways`. */
export const MESH = 'mesh';

/** Where a route leads. */
export interface Destination {
  /** Host by the name that {@link hostName} gives. */
  readonly host: string;
  /** Host as it is written. */
  readonly written: string;
  readonly subset?: string;
  readonly port?: number;
  /** As written; absent: Istio takes 0, or everything where there is no other destination. */
  readonly weight?: number;
  readonly path: Path;
}

/** A route of a VirtualService. */
export interface Route {
  readonly sort: 'http' | 'tls' | 'tcp';
  /** Conditions, any of which selects it; none: it takes everything. */
  readonly matches: readonly Match[];
  readonly destinations: readonly Destination[];
  readonly path: Path;
}

/** A VirtualService as the checks read it, or a route of the Gateway API as Istio makes one of it. */
export interface VirtualService {
  readonly entry: Entry;
  /** Hosts by the names that {@link hostName} gives. */
  readonly hosts: readonly string[];
  /** Names of the gateways it is bound to: `mesh`, or `<namespace>/<name>`. */
  readonly gateways: readonly string[];
  readonly routes: readonly Route[];
  /** Whether it belongs to a Service or ServiceEntry of the mesh, as a route of the Gateway API does. */
  readonly attached?: boolean;
}

/** A subset of a DestinationRule. */
export interface Subset {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly path: Path;
}

/** A DestinationRule as the checks read it. */
export interface DestinationRule {
  readonly entry: Entry;
  /** Host by the name that {@link hostName} gives. */
  readonly host: string;
  readonly written: string;
  readonly subsets: readonly Subset[];
  /** Labels of the endpoints that get everything while one of them lives, first choice first. */
  readonly failover: readonly (readonly [key: string, value: string])[];
}

const virtualServices = new WeakMap<object, VirtualService>();
const destinationRules = new WeakMap<object, DestinationRule>();

/** The VirtualService that an object of that kind is. */
export function virtualServiceOf(entry: Entry): VirtualService {
  const known = virtualServices.get(entry.manifest);
  if (known?.entry === entry) return known;
  const { spec, namespace } = entry;
  const gateways = items(spec.gateways).map((name) => gatewayName(String(name), namespace));
  const read: VirtualService = {
    entry,
    hosts: items(spec.hosts).map((host) => hostName(String(host), namespace)),
    gateways: gateways.length > 0 ? gateways : [MESH],
    routes: (['http', 'tls', 'tcp'] as const).flatMap((sort) =>
      items(spec[sort]).map((route, index) =>
        readRoute(sort, fields(route), ['spec', sort, index], namespace),
      ),
    ),
  };
  virtualServices.set(entry.manifest, read);
  return read;
}

/** The DestinationRule that an object of that kind is. */
export function destinationRuleOf(entry: Entry): DestinationRule {
  const known = destinationRules.get(entry.manifest);
  if (known?.entry === entry) return known;
  const { spec, namespace } = entry;
  const written = text(spec.host) ?? '';
  const read: DestinationRule = {
    entry,
    host: hostName(written, namespace),
    written,
    subsets: items(spec.subsets).map((subset, index) => ({
      name: text(fields(subset).name) ?? '',
      labels: texts(fields(subset).labels),
      path: ['spec', 'subsets', index],
    })),
    failover: readFailover(fields(spec.trafficPolicy)),
  };
  destinationRules.set(entry.manifest, read);
  return read;
}

/** `mesh`, or `<namespace>/<name>`. */
export function gatewayName(name: string, namespace: string): string {
  return name === MESH || name.includes('/') ? name : `${namespace}/${name}`;
}

/** What a single destination without a weight gets is everything, several without weights get nothing. */
export function weightOf(destination: Destination, route: Route): number {
  return destination.weight ?? (route.destinations.length === 1 ? 100 : 0);
}

function readRoute(
  sort: Route['sort'],
  route: Readonly<Record<string, unknown>>,
  path: Path,
  namespace: string,
): Route {
  return {
    sort,
    path,
    matches: items(route.match).map((match) => readMatch(fields(match), namespace)),
    destinations: items(route.route).map((item, index) => {
      const { destination, weight } = fields(item);
      const { host, subset, port } = fields(destination);
      const number = fields(port).number;
      return {
        host: hostName(text(host) ?? '', namespace),
        written: text(host) ?? '',
        ...(typeof subset === 'string' && { subset }),
        ...(typeof number === 'number' && { port: number }),
        ...(typeof weight === 'number' && { weight }),
        path: [...path, 'route', index, 'destination'],
      };
    }),
  };
}

function readMatch(match: Match, namespace: string): Match {
  if (match.gateways === undefined) return match;
  return { ...match, gateways: items(match.gateways).map((name) => gatewayName(String(name), namespace)) };
}

/** Istio orders endpoints by these labels only where it may also take an endpoint out. */
function readFailover(policy: Readonly<Record<string, unknown>>): [string, string][] {
  const setting = fields(fields(policy.loadBalancer).localityLbSetting);
  if (setting.enabled === false || policy.outlierDetection === undefined) return [];
  return items(setting.failoverPriority).flatMap((item) => {
    const [key, value] = String(item).split('=');
    return key && value !== undefined ? [[key, value] as [string, string]] : [];
  });
}
