import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { checksumLines } from '../../agent/build/agent';
import { buildPackages, type PackageFormat } from '../../agent/build/packages';
import { loadMigrations } from '../../config';
import { UsageError } from '../errors';
import type { Host } from '../host';
import { enterProject } from '../project';
import { selectOne } from '../select';
import { cloudInit } from './cloud-init';
import { buildImage } from './image';
import { findLine } from './install-line';
import { buildPrograms, DEFAULT_FOLDER, ensurePrograms, say } from './programs';

const HELP = `
Each command has a --help of its own.

Exit codes: 0 done, 1 a build failed, 2 wrong usage.

Examples:
  $ meshferry agent build                                    the programs, and their checksums for mesh.yaml
  $ meshferry agent image registry.example/meshferry-agent:0.1.0
  $ meshferry agent deb                                      packages for Debian and Ubuntu
  $ meshferry agent line                                     what a person pastes on a machine
  $ meshferry agent cloud-init analytics > user-data.yaml    what a machine's first boot needs`;

type Root = Pick<Host, 'root'>;

/** `meshferry agent`: the program on the machines, and how they get it. */
export function agentCommand(host: Root): Command {
  const command = new Command('agent')
    .description('build the agent, and hand it out to machines')
    .addHelpText('after', HELP);
  for (const each of [build(host), image(host), pack(host, 'deb'), pack(host, 'rpm'), line(), firstBoot()])
    command.addCommand(each);
  return command;
}

function build({ root }: Root): Command {
  const help = `
Builds one file for each architecture, x64 and arm64, which needs no Node.js on the machine. Node.js comes from the npm
registry, pinned and verified. The same version of meshferry gives the same bytes, on any Linux.

It prints \`agentDownload.checksums\` for mesh.yaml. Put the .gz files into any folder that machines reach by https.

Exit codes: 0 built, 1 failed.`;
  return new Command('build')
    .description('build the programs')
    .argument('[folder]', 'where to', DEFAULT_FOLDER)
    .addHelpText('after', help)
    .action(async (folder: string) => {
      const programs = await failing(() => buildPrograms(root, folder));
      const sums = programs.map(({ architecture, packedSha256 }) => `    ${architecture}: ${packedSha256}\n`);
      say(`\n${join(folder, 'SHA256SUMS')}:\n${checksumLines(programs).trimEnd()}\n`);
      process.stdout.write(`agentDownload:\n  checksums:\n${sums.join('')}`);
    });
}

function image({ root }: Root): Command {
  const help = `
Builds the image by docker or podman, from the programs of the folder, and builds those first where it holds none. Push
it, and name it in mesh.yaml: agentDownload.image.

Exit codes: 0 built, 1 the programs could not be built, 2 wrong usage, or docker or podman failed.`;
  return new Command('image')
    .description('build the image that serves the programs from a cluster')
    .argument('<tag>', 'name of the image')
    .option('--from <folder>', 'folder of the programs', DEFAULT_FOLDER)
    .option('--base <image>', 'image with busybox to build on (default: that of the Containerfile)')
    .addHelpText('after', help)
    .action(async (tag: string, { from, base }: { from: string; base?: string }) => {
      await failing(() => ensurePrograms(root, from));
      const engine = buildImage(root, from, tag, base);
      process.stdout.write(`✔ ${tag}\nPush it:\n  ${engine} push ${tag}\n`);
    });
}

function pack({ root }: Root, format: PackageFormat): Command {
  const help = `
Packs the programs with the unit of the background agent, and builds the programs first where the folder holds none. The
packages are written beside them. Removing the package is refused while the machine is in the mesh.

They are made by nfpm. If it is not installed, Go builds it once.

Exit codes: 0 packed, 1 failed.`;
  return new Command(format)
    .description(`pack the agent as ${format}`)
    .option('--from <folder>', 'folder of the programs', DEFAULT_FOLDER)
    .option('--maintainer <text>', 'who is named as its maintainer', 'meshferry')
    .addHelpText('after', help)
    .action(async ({ from, maintainer }: { from: string; maintainer: string }) => {
      const files = await failing(async () => {
        await ensurePrograms(root, from);
        return buildPackages({ format, folder: from, license: join(root, 'LICENSE'), maintainer, say });
      });
      process.stdout.write(files.map((file) => `✔ ${file}\n`).join(''));
    });
}

function line(): Command {
  const help = `
Downloads the agent from where agentDownload of mesh.yaml says, and verifies it by the checksums in git.

Exit codes: 0 printed, 2 no mesh here says where the agent is.`;
  return new Command('line')
    .description('print the line that installs the agent on a machine')
    .argument('[name]', 'name of a migration, where meshes differ')
    .addHelpText('after', help)
    .action((name: string | undefined) => {
      enterProject();
      process.stdout.write(`${findLine(name)}\n`);
    });
}

function firstBoot(): Command {
  const help = `
Prints user data for cloud-init: it installs the agent and tells it its group. With a token, the machine joins as well;
without one, a person gives it a token later, by the command in its first lines.

Exit codes: 0 printed, 2 no such migration, or its mesh does not say where the agent is.

Examples:
  $ meshferry agent cloud-init analytics > user-data.yaml
  $ kubectl create token analytics-v0-agent -n demo | meshferry agent cloud-init analytics --token -`;
  return new Command('cloud-init')
    .description("print what a machine's first boot needs")
    .argument('<name>', 'name of the migration')
    .option('--machine <name>', 'one of vm.machines, where each has an account of its own')
    .option('--token <file>', "file of a token of the agent's account; - is the standard input")
    .addHelpText('after', help)
    .action((name: string, { machine, token }: { machine?: string; token?: string }) => {
      const secret = token === undefined ? undefined : readToken(token);
      enterProject();
      const loaded = selectOne(loadMigrations('migrations'), name);
      process.stdout.write(
        cloudInit(loaded, {
          ...(machine !== undefined && { machine }),
          ...(secret !== undefined && { token: secret }),
        }),
      );
    });
}

function readToken(file: string): string {
  const token = readFileSync(file === '-' ? 0 : file, 'utf8').trim();
  if (!/^[A-Za-z0-9_.-]+$/.test(token))
    throw new UsageError(`✖ ${file === '-' ? 'the standard input' : file} holds no token`);
  return token;
}

/** What a build says in an Error is meant for whoever runs it. */
class BuildError extends Error {
  override readonly name = 'BuildError';
}

async function failing<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new BuildError(`✖ ${(error as Error).message}`);
  }
}
