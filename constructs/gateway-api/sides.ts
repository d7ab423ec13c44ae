import { Construct } from 'constructs';
import { sideServiceName } from '../../config/gateway-api/side-service';
import { DestinationRule } from '../destination-rule';
import type { LayerProps } from '../layer';
import { SideService } from './side-service';

/**
 * A Service for each side that the phase has, and a DestinationRule for each of them, since connection limits and
 * outlier detection have no place in the Gateway API.
 */
export class Sides extends Construct {
  constructor(scope: Construct, id: string, { migration, mesh, phase }: LayerProps) {
    super(scope, id);
    const { app, namespace, ports, trafficPolicy } = migration;
    for (const side of phase.subsets) {
      const name = sideServiceName(migration, side);
      const version = migration[side]?.version;
      if (name === undefined || version === undefined) continue;
      new SideService(this, `${side}-service`, { name, side, app, version, ports });
      new DestinationRule(this, `${side}-rule`, {
        istio: mesh.istio,
        name,
        host: `${name}.${namespace}.svc.${mesh.clusterDomain}`,
        // As for a subset: each part that the side has of its own replaces the host's.
        trafficPolicy: { ...trafficPolicy, ...migration[side]?.trafficPolicy },
      });
    }
  }
}
