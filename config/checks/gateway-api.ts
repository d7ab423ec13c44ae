import { grpcRouteRules, httpRouteRules } from '../gateway-api/route-rules';
import { sideServiceName } from '../gateway-api/side-service';
import type { Migration } from '../resolve';
import { ROUTING_OUTPUTS, type RoutingOutput } from '../routing-output';
import type { Check, Report } from './check';
import { SERVICE_NAME } from './names';

/** What a migration declares that routes of the Gateway API cannot say. */
export function tellGatewayApi(migration: Migration, report: Report): void {
  const { gateways, ports, routing, rules, sticky } = migration;
  if (gateways.length > 0 && routing !== undefined && isBetween(routing))
    report(
      ['gateways'],
      `lead in by a Gateway of Istio with routing: istio, and by one of the Gateway API with routing: gateway-api: two addresses, between which callers outside move by DNS and not by a step such as routing: ${routing}; move them to a migration of their own first`,
    );
  if (sticky)
    report(
      ['shift', 'sticky'],
      'is rendered in a VirtualService: leave it out, or route this migration by routing: istio',
    );
  const told = new Set<string>();
  for (const port of ports) {
    if (port.routing !== 'http') continue;
    const { refusals } = port.protocol === 'grpc' ? grpcRouteRules(port, rules) : httpRouteRules(port, rules);
    for (const { path, message } of refusals) {
      const key = JSON.stringify([path, message]);
      if (!told.has(key)) report(['rules', ...path], message);
      told.add(key);
    }
  }
  for (const side of ['vm', 'kubernetes'] as const) {
    const name = sideServiceName(migration, side);
    if (name === undefined || SERVICE_NAME.test(name)) continue;
    report(
      [side, 'version'],
      `names the Service ${name} of this side, which the routes of the Gateway API lead to, and a Service has at most 63 characters: choose a shorter one`,
    );
  }
}

function isBetween(output: RoutingOutput): boolean {
  return !ROUTING_OUTPUTS.some((one) => one === output);
}

/** For a migration that chooses for itself; what its mesh chooses is looked at where both are known. */
export const gatewayApi: Check = {
  reads: [
    ['ports'],
    ['rules'],
    ['gateways'],
    ['shift'],
    ['service', 'name'],
    ['vm', 'version'],
    ['kubernetes', 'version'],
  ],
  run({ migration }, report) {
    if (migration.routing !== undefined && migration.routing !== 'istio') tellGatewayApi(migration, report);
  },
};
