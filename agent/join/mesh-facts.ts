import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { CompleteConfig } from '../config';
import { Failure } from '../failure';
import { ApiError } from '../kubernetes/api-error';
import type { ApiServer } from '../kubernetes/client';
import { explainRefusal } from '../kubernetes/explain';
import type { WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';
import type { WatchTarget } from '../kubernetes/watch';
import { type ParsedGroup, parseEntry, parseGroup } from './parse-group';
import {
  type InjectorValues,
  type MeshConfig,
  parseGatewayAddress,
  parseInjectorValues,
  parseMeshConfig,
  parseRootCert,
  parseToken,
} from './parse-mesh';
import { isRevisioned } from './sidecar-config';

/** All facts that a machine needs to join, from the API server. */
export interface MeshFacts extends ParsedGroup {
  readonly mesh: MeshConfig;
  readonly injector: InjectorValues;
  /** Root certificate of the mesh, PEM. */
  readonly rootCert: string;
  /** Address at which the machine finds istiod. */
  readonly istiodAddress: string;
}

/** Path of each fact in the API. */
export function factTargets(config: CompleteConfig) {
  const { namespace, name } = config.workloadGroup;
  const suffix = isRevisioned(config.mesh.revision) ? `-${config.mesh.revision}` : '';
  const inMesh = `/api/v1/namespaces/${config.mesh.namespace}`;
  return {
    group: { collection: `/apis/networking.istio.io/v1beta1/namespaces/${namespace}/workloadgroups`, name },
    rootCert: { collection: `/api/v1/namespaces/${namespace}/configmaps`, name: 'istio-ca-root-cert' },
    meshConfig: { collection: `${inMesh}/configmaps`, name: `istio${suffix}` },
    injector: { collection: `${inMesh}/configmaps`, name: `istio-sidecar-injector${suffix}` },
    gateway: { collection: `${inMesh}/services`, name: config.mesh.gatewayService },
  } satisfies Record<string, WatchTarget>;
}

/** Path of the WorkloadEntries of the group's namespace. */
export function entriesPath({ workloadGroup }: CompleteConfig): string {
  return `/apis/networking.istio.io/v1beta1/namespaces/${workloadGroup.namespace}/workloadentries`;
}

/**
 * Reads the facts.
 *
 * @throws Failure `no-group`, `no-mesh`, `bad-object`, `forbidden`, `bad-token`, `unreachable`, `wrong-ca` or `clock`
 */
export async function readFacts(api: ApiServer, config: CompleteConfig, token: string): Promise<MeshFacts> {
  const targets = factTargets(config);
  const { namespace, name } = config.workloadGroup;
  const read = (target: WatchTarget, kind: string, missing: Failure): Promise<unknown> =>
    api.get(`${target.collection}/${target.name}`).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) throw missing;
      throw explainRefusal(error, `${kind} ${target.name}`, token, namespace);
    });
  const noMesh = (target: WatchTarget) =>
    new Failure(
      'no-mesh',
      `ConfigMap ${config.mesh.namespace}/${target.name} does not exist`,
      'say where istiod is: meshferry-agent set mesh --namespace <namespace> --revision <revision>',
    );
  const group = await read(
    targets.group,
    'WorkloadGroup',
    new Failure(
      'no-group',
      `WorkloadGroup ${namespace}/${name} does not exist`,
      'sync the vm layer of the migration, or set another: meshferry-agent set workload-group <namespace> <name>',
    ),
  );
  const [mesh, injector, root, istiodAddress] = await Promise.all([
    read(targets.meshConfig, 'ConfigMap', noMesh(targets.meshConfig)),
    read(targets.injector, 'ConfigMap', noMesh(targets.injector)),
    read(
      targets.rootCert,
      'ConfigMap',
      new Failure(
        'no-mesh',
        `ConfigMap ${namespace}/istio-ca-root-cert does not exist`,
        'istiod writes it into every namespace it serves: check that istiod runs and serves this one',
      ),
    ),
    readIstiodAddress(api, config, token),
  ]);
  const inMesh = ({ name }: WatchTarget) => `ConfigMap ${config.mesh.namespace}/${name}`;
  return {
    ...parseGroup(group, namespace, name),
    mesh: parseMeshConfig(mesh, inMesh(targets.meshConfig)),
    injector: parseInjectorValues(injector, inMesh(targets.injector)),
    rootCert: parseRootCert(root, `ConfigMap ${namespace}/istio-ca-root-cert`),
    istiodAddress,
  };
}

async function readIstiodAddress(api: ApiServer, config: CompleteConfig, token: string): Promise<string> {
  const { mesh, workloadGroup } = config;
  const next =
    'give istiod a stable address: mesh.yaml expansionGateway.render, or meshferry-agent set mesh --istiod-address <ip>';
  const where = `${mesh.namespace}/${mesh.gatewayService}`;
  let address = mesh.istiodAddress;
  if (address === undefined) {
    const { gateway } = factTargets(config);
    const service = await api
      .get<unknown>(`${gateway.collection}/${gateway.name}`)
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) {
          throw new Failure('no-mesh', `the mesh-expansion gateway, Service ${where}, does not exist`, next);
        }
        throw explainRefusal(error, `Service ${where}`, token, workloadGroup.namespace);
      });
    address = parseGatewayAddress(service, `Service ${where}`);
    if (address === undefined) throw new Failure('no-mesh', `Service ${where} has no address yet`, next);
  }
  if (isIP(address)) return address;
  // A load balancer may have only a name, but the hosts file needs an address.
  try {
    return (await lookup(address)).address;
  } catch (error) {
    throw new Failure('no-mesh', `the gateway's name ${address} does not resolve on this machine`, next, {
      cause: error,
    });
  }
}

/**
 * The entry of this machine, or undefined while it has none.
 *
 * @throws Failure `forbidden` where the agent's Role names the entry of another address
 */
export async function readEntry(
  api: ApiServer,
  config: CompleteConfig,
  name: string,
): Promise<WorkloadEntry | undefined> {
  try {
    const entry = await api.get<unknown>(`${entriesPath(config)}/${name}`);
    return parseEntry(entry, config.workloadGroup.namespace, name);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    if (error instanceof ApiError && error.status === 403) throw mayNotRead(config, name);
    throw error;
  }
}

function mayNotRead({ workloadGroup }: CompleteConfig, name: string): Failure {
  return new Failure(
    'forbidden',
    `this machine's account may not read WorkloadEntry ${workloadGroup.namespace}/${name}`,
    'correct the address of this machine in vm.machines of the migration, or set it: meshferry-agent set node-ip <ip>',
  );
}

/** Name that istiod gives the WorkloadEntry of a machine. */
export function entryName(group: WorkloadGroup, address: string): string {
  const network = group.spec.template?.network;
  const name = [group.metadata.name, address.replaceAll(':', '-'), ...(network ? [network] : [])].join('-');
  return name.slice(-253);
}

/** Asks for a token of a service account, valid for `seconds`. */
export async function requestToken(
  api: ApiServer,
  namespace: string,
  serviceAccount: string,
  seconds: number,
  audiences?: readonly string[],
): Promise<string> {
  const answer = await api.create<unknown>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: seconds, ...(audiences && { audiences }) },
    },
  );
  return parseToken(answer, `TokenRequest ${namespace}/${serviceAccount}`);
}
