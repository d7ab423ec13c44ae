import { Construct } from 'constructs';
import type { Migration } from '../config/resolve';
import type { Mesh } from '../config/schema/schema';
import { plan } from '../plan/plan';
import { RoutingLayer } from './routing-layer';
import { VmLayer } from './vm-layer';
import { WorkloadLayer } from './workload-layer';

/** Properties of a {@link MigrationPhase}. */
export interface MigrationPhaseProps {
  /** The migration, with every value filled in. */
  readonly migration: Migration;
  /** The Istio installation that it runs on. */
  readonly mesh: Mesh;
  /**
   * Name of the phase.
   *
   * @default - the migration's current phase
   */
  readonly phase?: string;
}

/**
 * A whole phase of a migration in an app of your own: three charts, one for each layer, to be synced apart.
 *
 * Objects can be looked up and changed as in any cdk8s app before it is synthesized.
 */
export class MigrationPhase extends Construct {
  /** WorkloadGroup, PeerAuthentication and the agent's access. */
  readonly vm: VmLayer;
  /** Service, aliases, Deployment and its kin. */
  readonly workload: WorkloadLayer;
  /** DestinationRule and VirtualService. */
  readonly routing: RoutingLayer;

  /** @throws when the migration has no phase of that name */
  constructor(scope: Construct, id: string, props: MigrationPhaseProps) {
    super(scope, id);
    const { migration, mesh } = props;
    const name = props.phase ?? migration.phase;
    const phases = plan(migration);
    const phase = phases.find((candidate) => candidate.name === name);
    if (!phase) {
      const names = phases.map((candidate) => candidate.name).join(', ');
      throw new Error(`phase must be one of ${names}, got "${name}" at ${this.node.path}`);
    }
    const layer = { migration, mesh, phase };
    this.vm = new VmLayer(this, 'vm', layer);
    this.workload = new WorkloadLayer(this, 'workload', layer);
    this.routing = new RoutingLayer(this, 'routing', layer);
  }
}
