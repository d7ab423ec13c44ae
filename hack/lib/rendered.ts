import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { LAYERS, pathOf, phasesFolder } from '../../manifests/dist-layout';
import { shellQuoted } from '../../text/shell';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
  /** Of a Role. */
  readonly rules?: readonly {
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
}

/** What the scripts take from a rendered migration. */
export interface Rendered {
  /** Name of the migration, without its environment. */
  readonly name: string;
  /** Whether the current phase has the machine in the mesh. */
  readonly current: boolean;
  /** Name of the WorkloadGroup. */
  readonly group: string;
  readonly namespace: string;
  /** Ports on the machine, by name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly network: string;
  /** Service account of the group, as which the machine joins. */
  readonly serviceAccount: string;
  /** Service account as which the machine's agent signs in; empty where none is rendered. */
  readonly agentServiceAccount: string;
  /** Namespace of istiod. */
  readonly meshNamespace: string;
  /** Revision of istiod; empty where it has none. */
  readonly revision: string;
  /** Name of the expansion gateway's Service. */
  readonly gatewayService: string;
  /** Host that clients call; empty where no phase has a DestinationRule. */
  readonly host: string;
}

/**
 * Reads what a migration's machine is: from the layers of its current phase, or, where that phase has no machine (not
 * yet, or no longer), from the first phase that has one.
 *
 * @param folder e.g. `dist/analytics`
 * @throws Error where the folder is not there, or no phase has a machine
 */
export function readRendered(folder: string): Rendered {
  const of = { environment: dirname(folder), migration: basename(folder) };
  const layers = LAYERS.map((layer) => pathOf({ is: 'layer', ...of, layer }));
  const states = [layers, ...phaseFiles(phasesFolder(of)).map((file) => [file])].map((files) =>
    files.flatMap(readManifests),
  );
  const machine = states.find((manifests) => ofKind(manifests, 'WorkloadGroup'));
  const group = machine && ofKind(machine, 'WorkloadGroup');
  if (!group)
    throw new Error(`${folder} holds no WorkloadGroup in any of its phases: nothing in it is to join`);
  const { ports, network, serviceAccount } = group.spec.template as {
    ports: Record<string, number>;
    network?: string;
    serviceAccount: string;
  };
  const { namespace } = group.metadata;
  const meshRole = machine.find(({ kind, metadata }) => kind === 'Role' && metadata.namespace !== namespace);
  return {
    name: of.migration,
    current: machine === states[0],
    group: group.metadata.name,
    namespace,
    ports,
    network: network ?? '',
    serviceAccount,
    agentServiceAccount: ofKind(machine, 'ServiceAccount')?.metadata.name ?? '',
    meshNamespace: meshRole?.metadata.namespace ?? 'istio-system',
    // The agent may read the mesh's configuration, `istio` or `istio-REVISION`, and the gateway.
    revision: named(meshRole, 'configmaps', 'istio').replace(/^istio-?/, ''),
    gatewayService: named(meshRole, 'services', 'istio-eastwestgateway'),
    host: (ofKind(machine, 'DestinationRule')?.spec.host as string | undefined) ?? '',
  };
}

function ofKind(manifests: readonly Manifest[], kind: string): Manifest | undefined {
  return manifests.find((manifest) => manifest.kind === kind);
}

/** First object of a resource that a Role names. */
function named(role: Manifest | undefined, resource: string, otherwise: string): string {
  return role?.rules?.find(({ resources }) => resources.includes(resource))?.resourceNames?.[0] ?? otherwise;
}

function phaseFiles(phases: string): string[] {
  if (!existsSync(phases)) return [];
  return readdirSync(phases)
    .sort()
    .map((file) => join(phases, file));
}

function readManifests(file: string): Manifest[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`there is no ${file}: render it first (npm run synth)`);
  }
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** The same as assignments for a shell. */
export function toShell(rendered: Rendered): string {
  const values: Record<string, string> = {
    NAME: rendered.name,
    MACHINE_NOW: rendered.current ? 'yes' : '',
    GROUP: rendered.group,
    NAMESPACE: rendered.namespace,
    PORTS: Object.entries(rendered.ports)
      .map(([name, port]) => `${name}=${port}`)
      .join(' '),
    NETWORK: rendered.network,
    SERVICE_ACCOUNT: rendered.serviceAccount,
    AGENT_SERVICE_ACCOUNT: rendered.agentServiceAccount,
    MESH_NAMESPACE: rendered.meshNamespace,
    REVISION: rendered.revision,
    GATEWAY_SERVICE: rendered.gatewayService,
    SERVICE_HOST: rendered.host,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${shellQuoted(value)}\n`)
    .join('');
}

if (require.main === module) {
  try {
    process.stdout.write(toShell(readRendered(process.argv[2] ?? 'dist/analytics')));
  } catch (error) {
    process.stderr.write(`✖ ${(error as Error).message}\n`);
    process.exitCode = 2;
  }
}
