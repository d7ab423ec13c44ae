import { existsSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { defineMesh } from '../../config';
import { discover, type Found, meshYaml } from '../../operate/discover/discover';
import { kubectl } from '../../operate/gate/cluster';
import { ClusterError, UsageError } from '../errors';

const HELP = `
Reads istiod's Deployment and ConfigMaps, the Service of the expansion gateway and, where there are any, the
IstioControlPlane objects. Prints their facts as a mesh.yaml, each with the object that it comes from. Nothing in the
cluster is changed.

Nothing is guessed: if a fact cannot be read, an error says which option gives it.

Exit codes: 0 found, 1 kubectl failed, 2 wrong usage, no Istio, several of them, or a fact that you have to give.

Examples:
  $ meshferry discover                                  print it
  $ meshferry discover --context prod --write migrations/prod/mesh.yaml
  $ meshferry discover --revision 1-24                  where several istiods run
  $ meshferry discover --istio 1.24                     where istiod is a build of your own without a version`;

interface Options {
  readonly context?: string;
  readonly revision?: string;
  readonly istio?: string;
  readonly gateway?: string;
  readonly write?: string;
  readonly json?: boolean;
}

/** `meshferry discover`: mesh.yaml from a live cluster. */
export function discoverCommand(): Command {
  return new Command('discover')
    .description('fill mesh.yaml from a live cluster')
    .option('--context <name>', "context of kubectl (default: kubectl's own)")
    .option('--revision <name>', 'revision of istiod, where there are several')
    .option('--istio <version>', 'version of Istio, where its image does not say it')
    .option('--gateway <service>', 'Service of the expansion gateway, where several could be it')
    .option('--write <file>', 'write it to a file that does not exist yet')
    .option('--json', 'print it as JSON')
    .addHelpText('after', HELP)
    .action(run);
}

async function run({ context, write, json, ...given }: Options): Promise<void> {
  if (write && existsSync(write))
    throw new UsageError(`✖ ${write} exists: remove it first, or print what is found and compare`);
  const seen = await readMesh(context);
  if ('unseen' in seen) throw new ClusterError(seen.unseen);
  const found = discover(seen.objects, given);
  defineMesh(found.mesh);
  if (write) {
    writeFileSync(write, meshYaml(found), { flag: 'wx' });
    process.stderr.write(`✔ wrote ${write}\n`);
  } else process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : meshYaml(found));
}

/** The kinds that are everywhere in one call; an IstioControlPlane's kind is unknown to most clusters. */
async function readMesh(context: string | undefined): Promise<{ objects: Found[] } | { unseen: string }> {
  const get = (kinds: string) =>
    kubectl<{ readonly items: readonly Found[] }>([
      ...(context ? ['--context', context] : []),
      ...['get', kinds, '--all-namespaces', '--output', 'json', '--request-timeout', '30s'],
    ]);
  const known = await get('deployments.apps,configmaps,services,namespaces');
  if ('unseen' in known) return known;
  const operators = await get('istiocontrolplanes.servicemesh.cisco.com');
  return { objects: [...known.value.items, ...('unseen' in operators ? [] : operators.value.items)] };
}
