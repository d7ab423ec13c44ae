import { Construct } from 'constructs';
import { sideServiceName } from '../../config/gateway-api/side-service';
import type { Port } from '../../config/port';
import type { GatewayRoute, Migration } from '../../config/resolve';
import type { LayerProps } from '../layer';
import { GrpcRoute } from './grpc-route';
import { HttpRoute } from './http-route';
import type { RouteBackend, RouteParent, RouteProps } from './route-props';
import { TcpRoute } from './tcp-route';

/**
 * The routes of a phase: for each port one for callers in the mesh, and one for each Gateway that leads to it. Where
 * nothing is split there are those that keep rules, further names and ways in.
 */
export class Routes extends Construct {
  constructor(scope: Construct, id: string, { migration, mesh, phase }: LayerProps) {
    super(scope, id);
    const { aliases, name, ports, rules, service } = migration;
    const split = phase.weights !== undefined;
    const backends = split ? shares(migration, phase.weights) : [{ service: service.name, weight: 1 }];
    for (const port of ports) {
      const route = { istio: mesh.istio, name: `${name}-${port.name}`, port, backends };
      if (port.routing === 'tcp') {
        if (split)
          new TcpRoute(this, port.name, { ...route, parents: [{ kind: 'Service', name: service.name }] });
        continue;
      }
      const own = rules.some((rule) => rule.ports?.includes(port.name) ?? true);
      const parents: RouteParent[] = [
        ...(split || own ? [{ kind: 'Service' as const, name: service.name }] : []),
        ...(aliases.length > 0 ? [{ kind: 'ServiceEntry' as const, name }] : []),
      ];
      if (parents.length > 0) this.httpRoute(port.name, { ...route, parents }, migration);
      for (const gateway of waysIn(port, migration.gateways)) {
        const suffix = gateway.parent.namespace
          ? `${gateway.parent.namespace}.${gateway.parent.name}`
          : gateway.parent.name;
        const through = { ...route, name: `${route.name}.${suffix}`, parents: [gateway.parent] };
        this.httpRoute(`${port.name} ${suffix}`, through, migration, gateway.hosts);
      }
    }
  }

  private httpRoute(
    id: string,
    props: RouteProps,
    { rules }: Migration,
    hostnames?: readonly string[],
  ): void {
    const Kind = props.port.protocol === 'grpc' ? GrpcRoute : HttpRoute;
    new Kind(this, id, { ...props, rules, ...(hostnames && { hostnames }) });
  }
}

function shares(migration: Migration, weights: LayerProps['phase']['weights']): RouteBackend[] {
  return (['vm', 'kubernetes'] as const).flatMap((side) => {
    const weight = weights?.[side];
    const service = sideServiceName(migration, side);
    return weight === undefined || service === undefined ? [] : [{ service, weight }];
  });
}

/** The Gateways that lead to a port, each once, with all of its hosts. */
function waysIn(port: Port, gateways: readonly GatewayRoute[]): { parent: RouteParent; hosts: string[] }[] {
  const own = gateways.filter((gateway) => gateway.port === port.name);
  const names = [...new Set(own.map((gateway) => gateway.name))];
  return names.map((written) => {
    const [name = '', namespace] = written.split('/').reverse();
    const hosts = own.filter((gateway) => gateway.name === written).flatMap((gateway) => gateway.hosts);
    const parent = { kind: 'Gateway' as const, name, ...(namespace !== undefined && { namespace }) };
    return { parent, hosts: [...new Set(hosts)] };
  });
}
