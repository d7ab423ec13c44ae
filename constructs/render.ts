import { App, Chart } from 'cdk8s';
import type { Migration } from '../config/resolve';
import { isServedByCluster } from '../config/schema/agent-download';
import type { Mesh } from '../config/schema/schema';
import type { Phase } from '../plan/phase';
import { AgentDownload } from './agent-download';
import { ExpansionGateway } from './expansion-gateway';
import type { LayerProps } from './layer';
import { RoutingLayer } from './routing-layer';
import { VmLayer } from './vm-layer';
import { WorkloadLayer } from './workload-layer';

/** A Kubernetes object as plain JSON, its keys in the order in which they are to be written. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** The objects of a phase, by the layer that they are synced with. */
export interface Layers {
  readonly vm: readonly Manifest[];
  readonly workload: readonly Manifest[];
  readonly routing: readonly Manifest[];
}

/** Layers by what they depend on. Most phases of a migration differ in one layer only. */
const rendered = new WeakMap<Migration, WeakMap<Mesh, Map<string, readonly Manifest[]>>>();

/**
 * Renders one phase of a migration.
 *
 * Phases of one migration share the layers that they do not change: the same array, not a copy. Do not write to it.
 *
 * @throws where the migration cannot be expressed in Istio's terms; the configuration's own checks find most such
 *   cases earlier, and say where
 */
export function renderPhase(migration: Migration, mesh: Mesh, phase: Phase): Layers {
  const layers = cacheOf(migration, mesh);
  const once = (key: string, render: () => readonly Manifest[]) => {
    const known = layers.get(key) ?? render();
    layers.set(key, known);
    return known;
  };
  const props: LayerProps = { migration, mesh, phase };
  return {
    vm: once(`vm ${phase.vm}`, () => synth((app) => new VmLayer(app, 'vm', props))),
    workload: once(`workload ${phase.pods}`, () => synth((app) => new WorkloadLayer(app, 'workload', props))),
    routing: once(`routing ${JSON.stringify([phase.subsets, phase.failover, phase.weights])}`, () =>
      synth((app) => new RoutingLayer(app, 'routing', props)),
    ),
  };
}

/** Renders what a mesh itself needs: its expansion gateway where that is asked for, else nothing. */
export function renderMesh(mesh: Mesh): readonly Manifest[] {
  const { clusterDomain, expansionGateway, istio, namespace, network, revision } = mesh;
  if (!expansionGateway.render) return [];
  return synth((app) => {
    const chart = new Chart(app, 'gateway', { labels: { 'app.kubernetes.io/managed-by': 'meshferry' } });
    new ExpansionGateway(chart, 'gateway', {
      istio,
      name: expansionGateway.service,
      namespace,
      network,
      revision,
      clusterDomain,
    });
    return chart;
  });
}

/** Renders what serves the agent to machines where the cluster is to do that, else nothing. */
export function renderAgentDownload(mesh: Mesh): readonly Manifest[] {
  const { agentDownload, istio, clusterDomain } = mesh;
  if (!agentDownload || !isServedByCluster(agentDownload)) return [];
  return synth((app) => {
    const chart = new Chart(app, 'agent', { labels: { 'app.kubernetes.io/managed-by': 'meshferry' } });
    new AgentDownload(chart, 'agent', { istio, clusterDomain, namespace: 'meshferry', ...agentDownload });
    return chart;
  });
}

/** An App of its own for each chart: cdk8s resolves and validates the whole App for every chart that is in it. */
function synth(chart: (app: App) => Chart): readonly Manifest[] {
  return chart(new App()).toJson() as Manifest[];
}

function cacheOf(migration: Migration, mesh: Mesh): Map<string, readonly Manifest[]> {
  const ofMigration = rendered.get(migration) ?? new WeakMap<Mesh, Map<string, readonly Manifest[]>>();
  rendered.set(migration, ofMigration);
  const ofMesh = ofMigration.get(mesh) ?? new Map<string, readonly Manifest[]>();
  ofMigration.set(mesh, ofMesh);
  return ofMesh;
}
