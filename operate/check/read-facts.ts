import type { LoadedMigration } from '../../config';
import { gatewayKinds, kubectl, type LiveObject } from '../gate/cluster';
import { endpointsOf } from './endpoints';
import { readEnvoy } from './envoy';
import { type Caller, type Facts, hasSidecar, phaseOf, podsOf } from './facts';
import { holds, type Labels } from './labels';
import { askMachine, type MachineAnswer } from './machine';
import { connectFrom, type Exec, sidecarExec } from './sidecar-exec';

/** Kinds of a namespace, by kubectl's name. */
const KINDS: Readonly<Record<string, string>> = {
  Service: 'services',
  Pod: 'pods',
  NetworkPolicy: 'networkpolicies.networking.k8s.io',
  Deployment: 'deployments.apps',
  VirtualService: 'virtualservices.networking.istio.io',
  DestinationRule: 'destinationrules.networking.istio.io',
  ServiceEntry: 'serviceentries.networking.istio.io',
  Sidecar: 'sidecars.networking.istio.io',
  WorkloadGroup: 'workloadgroups.networking.istio.io',
  WorkloadEntry: 'workloadentries.networking.istio.io',
  PeerAuthentication: 'peerauthentications.security.istio.io',
  AuthorizationPolicy: 'authorizationpolicies.security.istio.io',
};

/** Where the check looks. */
export interface CheckOptions {
  /** The caller's pod, `<namespace>/<pod>`. @default a pod with a sidecar beside the service, in its namespace */
  readonly from?: string;
  /** The machine, as ssh takes it. @default it is not asked */
  readonly ssh?: string;
  /** Context of kubectl. @default the current one */
  readonly context?: string;
}

/** The cluster could not be read at all; the message is meant to be printed as it is. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
}

/**
 * Reads everything that the check goes by. Nothing is changed: objects are read, the caller's Envoy is asked, and
 * connections are opened from pods and closed again, without a byte.
 *
 * @throws ClusterError where the cluster does not answer
 */
export async function readFacts(loaded: LoadedMigration, options: CheckOptions): Promise<Facts> {
  const { migration, mesh } = loaded;
  const context = options.context ? ['--context', options.context] : [];
  const [namespace = migration.namespace, pod] = options.from?.split('/') ?? [];
  const machineAsked = askTheMachine(options.ssh);
  const unread = new Map<string, string>();
  const namespaces = [...new Set([migration.namespace, mesh.namespace, namespace])];
  const routes = gatewayKinds([loaded]).filter((kind) => kind !== KINDS.Service);
  const kinds = { ...KINDS, ...Object.fromEntries(routes.map((kind) => [kind, kind])) };
  const read = namespaces.map((name) => readNamespace(name, kinds, context, unread));
  const objects = (await Promise.all(read)).flat();
  if (unread.size === Object.keys(kinds).length)
    throw new ClusterError(`✖ the cluster could not be read: ${unread.values().next().value}`);
  const caller = callerIn(objects, loaded, namespace, pod);
  const exec = sidecarExec(context);
  const [envoy, machine] = await Promise.all([
    typeof caller === 'string' || !caller.inMesh ? 'the caller has no Envoy' : readEnvoy(caller, exec),
    machineAsked,
  ]);
  const facts: Facts = {
    loaded,
    phase: phaseOf(loaded),
    objects,
    unread,
    caller,
    envoy,
    machine,
    connects: new Map(),
    outgoing: new Map(),
  };
  const [connects, outgoing] = await Promise.all([
    typeof caller === 'string' || !caller.inMesh
      ? new Map<string, boolean>()
      : connectFrom(caller, addressesOf(facts), exec),
    tryOutgoing(facts, machine, exec),
  ]);
  return { ...facts, connects, outgoing };
}

async function askTheMachine(destination: string | undefined): Promise<MachineAnswer | string> {
  return destination === undefined ? 'not asked: --ssh <user@host> asks its agent' : askMachine(destination);
}

/** All kinds in one call; where one may not be listed, each by itself. */
async function readNamespace(
  namespace: string,
  all: Readonly<Record<string, string>>,
  context: readonly string[],
  unread: Map<string, string>,
): Promise<LiveObject[]> {
  const get = (kinds: readonly string[]) =>
    kubectl<{ readonly items: readonly LiveObject[] }>([
      ...context,
      ...['get', kinds.join(','), '--namespace', namespace, '--output', 'json', '--request-timeout', '10s'],
    ]);
  const together = await get(Object.values(all));
  const itself = await kubectl<LiveObject>([...context, 'get', 'namespace', namespace, '--output', 'json']);
  const home = 'value' in itself ? [itself.value] : [];
  if ('value' in together) return [...home, ...together.value.items];
  const each = await Promise.all(
    Object.entries(all).map(async ([kind, name]) => {
      const some = await get([name]);
      if ('value' in some) return some.value.items;
      unread.set(kind, some.unseen);
      return [];
    }),
  );
  return [...home, ...each.flat()];
}

/** The pod that was asked for; else one with a sidecar that is none of the service's own. */
function callerIn(
  objects: readonly LiveObject[],
  { migration }: LoadedMigration,
  namespace: string,
  name: string | undefined,
): Caller | string {
  const pods = objects.filter(({ kind, metadata }) => kind === 'Pod' && metadata.namespace === namespace);
  const fits =
    name === undefined
      ? (pod: LiveObject) =>
          hasSidecar(pod) &&
          pod.status?.phase === 'Running' &&
          !holds(pod.metadata.labels, { app: migration.app })
      : (pod: LiveObject) => pod.metadata.name === name;
  const pod = pods.find(fits);
  if (!pod)
    return name === undefined
      ? `no pod of ${namespace} that has a sidecar calls the service: name one by --from <namespace/pod>`
      : `there is no pod ${namespace}/${name}`;
  const { serviceAccountName = 'default' } = (pod.spec ?? {}) as { readonly serviceAccountName?: string };
  return {
    namespace,
    name: pod.metadata.name,
    labels: (pod.metadata.labels ?? {}) as Labels,
    serviceAccount: serviceAccountName,
    inMesh: hasSidecar(pod),
  };
}

function addressesOf(facts: Facts): readonly string[] {
  const { phase } = facts;
  return [
    ...(phase.vm ? endpointsOf(facts, 'vm') : []),
    ...(phase.pods ? endpointsOf(facts, 'kubernetes') : []),
  ].map(({ address }) => address);
}

async function tryOutgoing(
  facts: Facts,
  machine: MachineAnswer | string,
  exec: Exec,
): Promise<ReadonlyMap<string, boolean>> {
  const pod = podsOf(facts).find(({ status }) => status?.phase === 'Running');
  if (typeof machine === 'string' || !facts.phase.pods || !pod || !hasSidecar(pod)) return new Map();
  const addresses = machine.findings.find(({ check }) => check === 'outgoing')?.addresses ?? [];
  const { namespace = '', name } = pod.metadata;
  return connectFrom({ namespace, name }, addresses, exec);
}
