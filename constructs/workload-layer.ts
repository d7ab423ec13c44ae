import { type ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { Aliases } from './aliases';
import { type LayerProps, ownerLabels } from './layer';
import { LayerMarker } from './layer-marker';
import { Observability } from './observability/observability';
import { Service } from './service';
import { Workload } from './workload';

/** The `workload` layer: the Service, its further names, and the pods where this repository runs them. */
export class WorkloadLayer extends Chart {
  /** The Deployment or StatefulSet, where this repository runs the pods and the phase has any. */
  readonly controller?: ApiObject;

  constructor(scope: Construct, id: string, { migration, mesh, phase }: LayerProps) {
    super(scope, id, { namespace: migration.namespace, labels: ownerLabels(migration) });
    const { aliases, app, kubernetes, name, ports, service } = migration;
    if (!service.existing) new Service(this, 'service', { ...service, selector: { app }, ports });
    if (aliases.length > 0)
      new Aliases(this, 'aliases', { istio: mesh.istio, name, hosts: aliases, app, ports });
    if (phase.pods && kubernetes && !kubernetes.existing) {
      this.controller = new Workload(this, 'pods', {
        pods: kubernetes,
        ports,
        kubernetes: mesh.kubernetes,
      }).controller;
    }
    if (mesh.observability)
      new Observability(this, 'observability', { migration, mesh, phase, settings: mesh.observability });
    if (this.node.children.length === 0)
      new LayerMarker(this, 'marker', { migration: name, layer: 'workload' });
  }
}
