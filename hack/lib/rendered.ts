import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

type Manifest = { kind: string; metadata: { name: string; namespace: string }; spec: Record<string, unknown> };

/** What the scripts take from a rendered migration. */
export interface Rendered {
  readonly group: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Ports on the machine, by name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly network: string;
  readonly serviceAccount: string;
  /** The agent's service account. */
  readonly agentServiceAccount: string;
  /** Namespace of istiod. */
  readonly meshNamespace: string;
  /** Host that clients call; empty where no DestinationRule is rendered. */
  readonly host: string;
}

/**
 * Reads the onboarded machine from the layers of a rendered migration.
 *
 * @param folder e.g. `dist/analytics`
 * @throws Error where the folder is not there, or the current phase has no machine
 */
export function readRendered(folder: string): Rendered {
  const manifests = ['vm', 'workload', 'routing'].flatMap((layer) => readManifests(join(folder, layer, 'manifests.yaml')));
  const find = (kind: string, where: (manifest: Manifest) => boolean = () => true) =>
    manifests.find((manifest) => manifest.kind === kind && where(manifest));
  const group = find('WorkloadGroup');
  if (!group) throw new Error(`${folder} holds no WorkloadGroup: its current phase has no machine in the mesh`);
  const spec = group.spec as {
    metadata: { labels: Record<string, string> };
    template: { ports: Record<string, number>; network: string; serviceAccount: string };
  };
  const { namespace } = group.metadata;
  return {
    group: group.metadata.name,
    namespace,
    labels: spec.metadata.labels,
    ports: spec.template.ports,
    network: spec.template.network,
    serviceAccount: spec.template.serviceAccount,
    agentServiceAccount: find('ServiceAccount')?.metadata.name ?? '',
    meshNamespace: find('Role', (role) => role.metadata.namespace !== namespace)?.metadata.namespace ?? 'istio-system',
    host: (find('DestinationRule')?.spec.host as string | undefined) ?? '',
  };
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
  const pairs = (object: Readonly<Record<string, string | number>>) =>
    Object.entries(object).map(([key, value]) => `${key}=${value}`).join(' ');
  const values: Record<string, string> = {
    GROUP: rendered.group,
    NAMESPACE: rendered.namespace,
    LABELS: pairs(rendered.labels),
    PORTS: pairs(rendered.ports),
    NETWORK: rendered.network,
    SERVICE_ACCOUNT: rendered.serviceAccount,
    AGENT_SERVICE_ACCOUNT: rendered.agentServiceAccount,
    MESH_NAMESPACE: rendered.meshNamespace,
    SERVICE_HOST: rendered.host,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`)
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
