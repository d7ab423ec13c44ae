import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Port } from '../config/port';
import type { GatewayRoute } from '../config/resolve';
import { leadsElsewhere, type Rule } from '../config/schema/rule';
import type { Sticky } from '../config/schema/sticky';
import type {
  VirtualServiceSpec,
  VirtualServiceSpecHttp,
  VirtualServiceSpecHttpRoute,
} from '../imports/networking.istio.io';
import type { Plain } from '../imports/plain';
import { networkingApi } from './api-version';
import type { IstioObjectProps } from './istio-object-props';
import { stickyRoutes } from './sticky';

/** What one subset gets of every request. */
export interface Share {
  /** Name of the DestinationRule's subset. */
  readonly subset: string;
  /** Share in percent, a whole number from 0 to 100. */
  readonly weight: number;
}

/** Properties of a {@link VirtualService}. */
export interface VirtualServiceProps extends IstioObjectProps {
  /** The Service, by its full DNS name. */
  readonly host: string;
  /** Ports of the Service. Istio cannot split `https` and `tls` ports by weight. */
  readonly ports: readonly Port[];
  /**
   * Shares of the subsets; they add up to 100, and go into every route.
   *
   * @default - not split: every route leads to the Service as it is
   */
  readonly split?: readonly Share[];
  /**
   * Keeps a caller on the side that answered it first, where there are two.
   *
   * @default - each request draws a side
   */
  readonly sticky?: Sticky;
  /**
   * Further names of the service, known to the mesh by {@link Aliases}.
   *
   * @default - none
   */
  readonly aliases?: readonly string[];
  /**
   * Istio Gateways through which callers from outside reach the service, on the same routes.
   *
   * @default - none: callers in the mesh only
   */
  readonly gateways?: readonly GatewayRoute[];
  /**
   * Rules of the host's http-like ports, first match wins. A rule without a match takes all that is left of its port.
   *
   * @default - none
   */
  readonly rules?: readonly Rule[];
}

/** Stands for every sidecar in a VirtualService's `gateways`. */
const MESH = 'mesh';

/**
 * A VirtualService: sends requests for a host, under all of its names and from all of its ways in, to the sides by
 * weight. http-like ports go through `http` routes, one for each rule and one for the rest; others through `tcp`
 * routes. The weights are in every route to the host, so that no rule escapes a shift.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/
 */
export class VirtualService extends ApiObject {
  constructor(scope: Construct, id: string, props: VirtualServiceProps) {
    checkWeights(props);
    checkPorts(props);
    const gateways = props.gateways ?? [];
    const routes = (routing: Port['routing']) => props.ports.filter((port) => port.routing === routing);
    const http = routes('http').flatMap((port) => httpRoutes(port, props));
    const tcp = routes('tcp').map((port) => ({
      match: waysIn(port, gateways),
      route: destinations(port, props),
    }));
    super(scope, id, {
      apiVersion: networkingApi(props.istio),
      kind: 'VirtualService',
      metadata: { name: props.name, namespace: props.namespace },
      spec: {
        hosts: unique([
          props.host,
          ...(props.aliases ?? []),
          ...gateways.flatMap((gateway) => gateway.hosts),
        ]),
        ...(gateways.length > 0 && { gateways: unique([MESH, ...gateways.map((gateway) => gateway.name)]) }),
        ...(http.length > 0 && { http }),
        ...(tcp.length > 0 && { tcp }),
      } satisfies Plain<VirtualServiceSpec>,
    });
  }
}

interface WayIn {
  readonly port?: number;
  readonly gateways?: readonly string[];
}

/** Where a request for a port comes in. A gateway's own port may have any number, so only sidecars match by port. */
function waysIn(port: Port, gateways: readonly GatewayRoute[]): WayIn[] {
  if (gateways.length === 0) return [{ port: port.service }];
  const names = gateways.filter((gateway) => gateway.port === port.name).map((gateway) => gateway.name);
  return [
    { port: port.service, gateways: [MESH] },
    ...(names.length > 0 ? [{ gateways: unique(names) }] : []),
  ];
}

/** One route for each rule of the port, then one for what no rule takes. */
function httpRoutes(port: Port, props: VirtualServiceProps): Plain<VirtualServiceSpecHttp>[] {
  const ways = waysIn(port, props.gateways ?? []);
  const rules = (props.rules ?? []).filter((rule) => rule.ports?.includes(port.name) ?? true);
  const rest: Rule[] = rules.some((rule) => !rule.match) ? [] : [{}];
  return [...rules, ...rest].flatMap(({ ports: _ports, match = [{}], ...treatment }) => {
    const elsewhere = leadsElsewhere(treatment);
    const route = {
      ...treatment,
      match: match.flatMap((conditions) => ways.map((way) => ({ ...way, ...conditions }))),
      ...(!elsewhere && { route: destinations(port, props) }),
    };
    const isDrawn = !elsewhere && (props.split?.length ?? 0) > 1;
    return isDrawn && props.sticky ? stickyRoutes(route, props.sticky) : [route];
  });
}

/** The port's number is always given: Istio cannot tell it from a Service with several. */
function destinations(
  port: Port,
  { host, split }: VirtualServiceProps,
): Plain<VirtualServiceSpecHttpRoute>[] {
  const destination = { host, port: { number: port.service } };
  if (!split) return [{ destination }];
  return split.map(({ subset, weight }) => ({ destination: { ...destination, subset }, weight }));
}

function checkWeights({ host, split }: VirtualServiceProps): void {
  if (!split) return;
  const total = split.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 100) return;
  const shares = split.map(({ subset, weight }) => `${subset}=${weight}`).join(', ');
  throw new Error(`weights of ${host} must add up to 100, got ${total}: ${shares}`);
}

/** What Istio would take and then not do. */
function checkPorts({ host, ports, gateways = [] }: VirtualServiceProps): void {
  for (const { name, protocol } of ports) {
    if (protocol !== 'https' && protocol !== 'tls') continue;
    throw new Error(
      `port ${name} of ${host} cannot be routed by weight: Istio routes ${protocol} ports by server name alone; ` +
        `name it tcp-${name} to have its connections split`,
    );
  }
  for (const gateway of gateways) {
    const other = gateways.find(({ name, port }) => name === gateway.name && port !== gateway.port);
    if (!other) continue;
    throw new Error(
      `gateway ${gateway.name} of ${host} must lead to one port, got ${gateway.port} and ${other.port}: ` +
        'a request that comes through it does not say which is meant',
    );
  }
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
