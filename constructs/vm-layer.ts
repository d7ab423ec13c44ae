import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { AgentAccess } from './agent-access';
import { type LayerProps, ownerLabels } from './layer';
import { LayerMarker } from './layer-marker';
import { PeerAuthentication } from './peer-authentication';
import { WorkloadGroup } from './workload-group';

/** The `vm` layer: what the virtual machine is to the mesh, and what its agent may do. */
export class VmLayer extends Chart {
  constructor(scope: Construct, id: string, { migration, mesh, phase }: LayerProps) {
    // No labels of the chart: the WorkloadGroup and the PeerAuthentication carry what is declared, nothing else.
    super(scope, id, { namespace: migration.namespace });
    const { app, name, namespace, ports, vm } = migration;
    const labels = ownerLabels(migration);
    if (!phase.vm) {
      new LayerMarker(this, 'marker', { migration: name, layer: 'vm', labels });
      return;
    }
    new WorkloadGroup(this, 'group', {
      istio: mesh.istio,
      name: vm.group,
      labels: vm.labels,
      annotations: vm.annotations,
      ports: Object.fromEntries(ports.map((port) => [port.name, port.vm])),
      serviceAccount: vm.serviceAccount,
      network: vm.network ?? mesh.network,
      locality: vm.locality,
      probe: vm.probe,
    });
    new PeerAuthentication(this, 'mtls', {
      istio: mesh.istio,
      name,
      matchLabels: { app, version: vm.version },
      mode: vm.mtls,
    });
    new AgentAccess(this, 'agent', {
      group: vm.group,
      namespace,
      workloadServiceAccount: vm.serviceAccount,
      machines: vm.machines,
      network: vm.network ?? mesh.network,
      kubernetes: mesh.kubernetes,
      meshNamespace: mesh.namespace,
      revision: mesh.revision,
      gatewayService: mesh.expansionGateway.service,
      labels,
    });
  }
}
