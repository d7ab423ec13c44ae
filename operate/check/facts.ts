import type { LoadedMigration, Side } from '../../config';
import type { Phase } from '../../plan/phase';
import { positionOf } from '../../plan/position';
import type { LiveObject } from '../gate/cluster';
import { holds, type Labels } from './labels';
import type { MachineAnswer } from './machine';

/** The pod that a request starts from. */
export interface Caller {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  /** Whether it has a sidecar. */
  readonly inMesh: boolean;
}

/** What the caller's Envoy holds. */
export interface EnvoyView {
  /** Endpoints by cluster, `outbound|8080|v0|analytics.smm-demo.svc.cluster.local`. */
  readonly clusters: ReadonlyMap<string, readonly EnvoyEndpoint[]>;
}

/** An endpoint of a cluster. */
export interface EnvoyEndpoint {
  /** `10.0.0.5:8080`. */
  readonly address: string;
  /** Envoy's own word; `healthy`, or flags such as `/failed_outlier_check`. */
  readonly health: string;
}

/** Everything that the check goes by; read before anything is judged. */
export interface Facts {
  readonly loaded: LoadedMigration;
  readonly phase: Phase;
  /** Objects of the migration's, the mesh's and the caller's namespaces. */
  readonly objects: readonly LiveObject[];
  /** Kinds that could not be read, e.g. `NetworkPolicy`, with the reason. */
  readonly unread: ReadonlyMap<string, string>;
  /** The caller; else why there is none. */
  readonly caller: Caller | string;
  /** The caller's Envoy; else why it could not be asked. */
  readonly envoy: EnvoyView | string;
  /** Whether the caller's pod opens a TCP connection to an address; undefined where it cannot be tried. */
  readonly connects: ReadonlyMap<string, boolean>;
  /** Addresses that the machine is connected to, and whether a pod of the service opens a connection to them. */
  readonly outgoing: ReadonlyMap<string, boolean>;
  /** What the machine's agent says; else why it was not asked. */
  readonly machine: MachineAnswer | string;
}

/** The phase that git declares for a migration. */
export function phaseOf({ migration }: LoadedMigration): Phase {
  return positionOf(migration).phase;
}

/** Full host name of the migration's Service. */
export function hostOf({ migration, mesh }: LoadedMigration): string {
  return `${migration.service.name}.${migration.namespace}.svc.${mesh.clusterDomain}`;
}

/** Labels of a side's workloads. */
export function labelsOf({ migration }: LoadedMigration, side: Side): Labels {
  return side === 'vm' ? migration.vm.labels : (migration.kubernetes?.labels ?? {});
}

/** Version label of a side, which its subset is named after. */
export function versionOf({ migration }: LoadedMigration, side: Side): string {
  return side === 'vm' ? migration.vm.version : (migration.kubernetes?.version ?? '');
}

/** Objects of a kind in a namespace. */
export function ofKind(
  facts: Pick<Facts, 'objects'>,
  kind: string,
  namespace?: string,
): readonly LiveObject[] {
  return facts.objects.filter(
    (one) => one.kind === kind && (namespace === undefined || one.metadata.namespace === namespace),
  );
}

/** The Service that clients call. */
export function serviceOf(facts: Facts): LiveObject | undefined {
  const { migration } = facts.loaded;
  return ofKind(facts, 'Service', migration.namespace).find(
    ({ metadata }) => metadata.name === migration.service.name,
  );
}

/** WorkloadEntries of the VM. */
export function entriesOf(facts: Facts): readonly LiveObject[] {
  const { migration } = facts.loaded;
  return ofKind(facts, 'WorkloadEntry', migration.namespace).filter(
    ({ metadata, spec }) =>
      metadata.annotations?.['istio.io/autoRegistrationGroup'] === migration.vm.group ||
      holds(spec?.labels as Labels | undefined, migration.vm.labels),
  );
}

/** Pods of the Kubernetes side. */
export function podsOf(facts: Facts): readonly LiveObject[] {
  const { migration } = facts.loaded;
  return migration.kubernetes
    ? ofKind(facts, 'Pod', migration.namespace).filter(({ metadata }) =>
        holds(metadata.labels, migration.kubernetes?.labels),
      )
    : [];
}

/** Whether a pod has a sidecar: a container, or an init container that stays. */
export function hasSidecar({ spec }: Pick<LiveObject, 'spec'>): boolean {
  const { containers = [], initContainers = [] } = (spec ?? {}) as {
    readonly containers?: readonly { readonly name: string }[];
    readonly initContainers?: readonly { readonly name: string; readonly restartPolicy?: string }[];
  };
  return (
    containers.some(({ name }) => name === 'istio-proxy') ||
    initContainers.some(({ name, restartPolicy }) => name === 'istio-proxy' && restartPolicy === 'Always')
  );
}

/** `VirtualService smm-demo/analytics`. */
export function nameOf({ kind, metadata: { namespace, name } }: LiveObject): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
