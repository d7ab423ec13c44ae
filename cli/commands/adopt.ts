import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import type { Mesh } from '../../config';
import { loadMesh } from '../../config/reading/load';
import { type Adoption, adopt } from '../../operate/adopt/adopt';
import { KINDS } from '../../operate/adopt/live-host';
import { adoptionReport, migrationYaml } from '../../operate/adopt/report';
import { withoutServerFields } from '../../operate/adopt/server-fields';
import { kubectl } from '../../operate/gate/cluster';
import { diffText } from '../../operate/report/diff-text';
import { type Rendering, renderingOf } from '../../operate/report/rendering';
import { semanticDiff } from '../../operate/report/semantic-diff';
import { type Manifest, readSources } from '../../verify';
import { ClusterError, UsageError } from '../errors';
import { enterProject } from '../project';
import { manifestFiles } from '../verify/manifest-files';

const HELP = `
Reads the Service of the host, the Deployment or StatefulSet and the WorkloadGroup that it selects, and the
VirtualService and DestinationRule that route it; from the cluster, or from files as \`kubectl get -o yaml\` writes them.
Prints the migration that has them at the phase whose weights they have. Nothing in the cluster is changed.

Then it says, on the standard error: what is taken over, what the migration cannot say, field by field, what is
to be done where so that no object has two owners, and how what is rendered differs from what is live. The Service stays with
who deploys it, and so do the pods without --take-pods.

Exit codes: 0 read, 1 kubectl failed, 2 wrong usage, or a host that no migration can hold as it is.

Examples:
  $ meshferry adopt analytics -n smm-demo                              print the migration and what to do
  $ meshferry adopt analytics -n smm-demo --write migrations/analytics.yaml
  $ meshferry adopt orders -n shop manifests/                          from files instead of the cluster
  $ kubectl get svc,deploy,vs,dr,workloadgroup -n shop -o yaml | meshferry adopt orders -n shop -`;

interface Options {
  readonly namespace: string;
  readonly context?: string;
  readonly takePods?: boolean;
  readonly write?: string;
  readonly json?: boolean;
}

/** `meshferry adopt`: a migration of a host that is routed already. */
export function adoptCommand(): Command {
  return new Command('adopt')
    .description('make a migration of a host that has routes already')
    .argument('<host>', 'name of the Service, alone or in full')
    .argument('[paths...]', 'files or folders of manifests, - for the standard input (default: the cluster)')
    .requiredOption('-n, --namespace <name>', 'namespace of the host')
    .option('--context <name>', "context of kubectl (default: kubectl's own)")
    .option('--take-pods', 'take the Deployment over too, where machines serve beside it')
    .option('--write <file>', 'write the migration to a file that does not exist yet')
    .option('--json', 'print all of it as JSON')
    .addHelpText('after', HELP)
    .action(run);
}

async function run(host: string, paths: string[], options: Options): Promise<void> {
  const { namespace, context, takePods, write, json } = options;
  // Before the folder changes: paths are meant from where they are typed.
  const given = paths.length > 0 ? fromFiles(paths, namespace) : undefined;
  enterProject();
  if (write && existsSync(write))
    throw new UsageError(`✖ ${write} exists: remove it first, or print what is found and compare`);
  const objects = given ?? (await fromCluster(namespace, context));
  const adoption = adopt(host, namespace, objects, { mesh: meshFor(write), takePods });
  if (json) {
    process.stdout.write(`${JSON.stringify(adoption, null, 2)}\n`);
    return;
  }
  const yaml = migrationYaml(adoption, write && basename(write, '.yaml'));
  if (write) {
    writeFileSync(write, yaml, { flag: 'wx' });
    process.stderr.write(`✔ wrote ${write}\n\n`);
  } else process.stdout.write(yaml);
  process.stderr.write(
    `${adoptionReport(adoption)}\n\nFrom what is live to what is rendered:\n\n${diffText(difference(adoption))}\n`,
  );
}

function fromFiles(paths: readonly string[], namespace: string): Manifest[] {
  return [...manifestFiles(paths, [])].flatMap((one) => {
    if ('reason' in one) throw new UsageError(`✖ cannot read ${one.file}: ${one.reason}`);
    return readSources(one.file, one.text).map(({ manifest }) => inNamespace(manifest, namespace));
  });
}

/** What names no namespace goes to the one that is asked for, as with kubectl. */
function inNamespace(manifest: Manifest, namespace: string): Manifest {
  return { ...manifest, metadata: { namespace, ...(manifest.metadata as object) } };
}

async function fromCluster(namespace: string, context: string | undefined): Promise<readonly Manifest[]> {
  const seen = await kubectl<{ readonly items: readonly Manifest[] }>([
    ...(context ? ['--context', context] : []),
    ...['get', KINDS.join(','), '--namespace', namespace, '--output', 'json', '--request-timeout', '30s'],
  ]);
  if ('unseen' in seen) throw new ClusterError(seen.unseen);
  return seen.value.items;
}

/** The mesh that the file will have, where there is one. */
function meshFor(write: string | undefined): Mesh | undefined {
  const folders = [...(write ? [dirname(write)] : []), 'migrations'];
  const file = folders.map((folder) => join(folder, 'mesh.yaml')).find((one) => existsSync(one));
  return file === undefined ? undefined : loadMesh(file);
}

function difference({ live, rendered, migration }: Adoption) {
  const as = (objects: readonly Manifest[]): Rendering => renderingOf(objects, migration.name);
  return semanticDiff(as(live.map(withoutServerFields)), as(rendered));
}
