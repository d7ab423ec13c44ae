import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Migration } from '../config/resolve';
import { routingObjectsOf, routingOf } from '../config/routing-output';
import type { Phase } from '../plan/phase';
import { DestinationRule } from './destination-rule';
import { Routes } from './gateway-api/routes';
import { Sides } from './gateway-api/sides';
import { type LayerProps, ownerLabels, serviceHost } from './layer';
import { LayerMarker } from './layer-marker';
import { type Share, VirtualService } from './virtual-service';

/** The `routing` layer: which side gets which share. */
export class RoutingLayer extends Chart {
  constructor(scope: Construct, id: string, props: LayerProps) {
    const { migration, mesh, phase } = props;
    super(scope, id, { namespace: migration.namespace, labels: ownerLabels(migration) });
    const { aliases, gateways, name, ports, rules, trafficPolicy, vm } = migration;
    const { istio } = mesh;
    const host = serviceHost(migration, mesh);
    const subsets = phase.subsets
      .map((side) => migration[side])
      // A VM that stays alone has no other side to name.
      .filter((side) => side !== undefined);
    const has = routingObjectsOf(routingOf(migration, mesh));
    if (subsets.length > 0) {
      new DestinationRule(this, 'sides', {
        istio,
        name,
        host,
        ...(has.subsets && { subsets }),
        trafficPolicy,
        prefer: phase.failover ? vm.version : undefined,
      });
    }
    if (has.services) new Sides(this, 'services', props);
    if (has.routes) new Routes(this, 'gateway-routes', props);
    // Rules, further names and ways in are kept by the VirtualService, also when nothing is split.
    const kept = phase.weights || rules.length > 0 || aliases.length > 0 || gateways.length > 0;
    if (has.virtualService && kept) {
      new VirtualService(this, 'routes', {
        istio,
        name,
        host,
        ports,
        split: phase.weights && shares(phase.weights, migration),
        ...(migration.sticky && { sticky: migration.sticky }),
        aliases,
        gateways,
        rules,
      });
    }
    if (this.apiObjects.length === 0) new LayerMarker(this, 'marker', { migration: name, layer: 'routing' });
  }
}

function shares(weights: NonNullable<Phase['weights']>, migration: Migration): Share[] {
  return (['vm', 'kubernetes'] as const).flatMap((side) => {
    const weight = weights[side];
    const subset = migration[side]?.version;
    return weight === undefined || subset === undefined ? [] : [{ subset, weight }];
  });
}
