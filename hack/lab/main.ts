import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { Command, Option } from 'commander';
import { ensureParts, removeCache } from './cache';
import { exportLines, type LabEnvironment } from './env';
import { kindProvider } from './kind/provider';
import { runningLabs } from './local/namespaces';
import { localProvider } from './local/provider';
import { BUILDABLE } from './parts/buildable';
import { cacheDirectory, checkName, DEFAULT_NAME, stateDirectory } from './paths';
import { elapsed, Progress } from './progress';
import { detectProvider, type Provider, type ProviderName } from './provider';
import { serveAgent, shellEnvironment } from './repository';
import { statusTable } from './status';

interface LabOptions {
  readonly name: string;
  readonly provider?: ProviderName;
}

const NOT_UP = 1;

async function provider({ name, provider: forced }: LabOptions, say = false): Promise<Provider> {
  checkName(name);
  const choice = await detectProvider(forced);
  if (say) process.stderr.write(`provider: ${choice.name} (${choice.reason})\n`);
  return (choice.name === 'kind' ? kindProvider : localProvider)(name, cacheDirectory());
}

async function up(options: LabOptions): Promise<void> {
  const start = Date.now();
  const lab = await provider(options, true);
  const progress = new Progress();
  await lab.up(progress);
  await serveAgent(options.name, lab, progress);
  process.stderr.write(`lab "${options.name}" is up after ${elapsed(start)}. To use it from this shell:\n`);
  const more = options.name === DEFAULT_NAME ? '' : ` -- --name ${options.name}`;
  process.stderr.write(`  eval "$(npm run -s lab:env${more})"\n`);
}

async function down(options: LabOptions & { readonly cache?: boolean }): Promise<void> {
  const lab = await provider(options);
  await lab.down();
  if (options.cache) {
    const others = runningLabs(dirname(stateDirectory(options.name)));
    if (others.length > 0)
      throw new Error(`the build cache stays: these labs run on it: ${others.join(', ')}`);
    await removeCache(cacheDirectory());
  }
  process.stderr.write(
    `lab "${options.name}" is gone${options.cache ? ', and so is the build cache' : ''}\n`,
  );
}

async function status(options: LabOptions & { readonly json?: boolean }): Promise<void> {
  const lab = await provider(options);
  const parts = await lab.status();
  const memory = await lab.memory();
  const isUp = parts.length > 0 && parts.every((part) => part.answers);
  if (options.json) {
    const report = { name: options.name, provider: lab.name, up: isUp, memoryBytes: memory ?? null, parts };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else if (parts.length === 0) {
    process.stdout.write(`lab "${options.name}" does not run: start it with  npm run lab:up\n`);
  } else {
    process.stdout.write(statusTable(parts));
    if (memory !== undefined) process.stdout.write(`memory: ${Math.round(memory / 2 ** 20)} MiB\n`);
  }
  if (!isUp) process.exitCode = NOT_UP;
}

async function env(options: LabOptions): Promise<void> {
  process.stdout.write(exportLines(await shellEnvironment(options.name, await provider(options))));
}

async function shell(command: readonly string[], options: LabOptions): Promise<void> {
  const lab = await provider(options);
  const [program, ...args] = lab.inside(command.length > 0 ? command : [process.env.SHELL || 'bash']);
  const { status, signal, error } = spawnSync(program as string, args, {
    stdio: 'inherit',
    env: merged(await shellEnvironment(options.name, lab)),
  });
  if (error) throw error;
  process.exitCode = status ?? (signal ? 130 : 1);
}

function merged({ variables, bin }: LabEnvironment): NodeJS.ProcessEnv {
  return { ...process.env, ...variables, PATH: `${bin}:${process.env.PATH}` };
}

async function build(name: string): Promise<void> {
  const part = BUILDABLE.find((candidate) => candidate.name === name);
  if (!part)
    throw new Error(
      `no part is called "${name}": there are ${BUILDABLE.map((each) => each.name).join(', ')}`,
    );
  const folders = await ensureParts(cacheDirectory(), [part], new Progress());
  process.stdout.write(`${folders(part)}\n`);
}

const program = new Command('lab')
  .enablePositionalOptions()
  .description('A real cluster with Istio, and VMs beside it, on this machine.')
  .addHelpText(
    'after',
    `
Examples:
  npm run lab:up                          the lab "meshferry"; the first time builds its parts: 12 to 25 minutes
  npm run lab:up -- --name other          a second one beside it
  eval "$(npm run -s lab:env)"            kubectl, istioctl and docker of this shell reach into the lab
  npm run -s lab:shell -- kubectl get pods -A
  npm run -s lab:status -- --json
  npm run lab:down

Built parts are kept in ~/.cache/meshferry-lab (MESHFERRY_LAB_CACHE, XDG_CACHE_HOME).
Exit codes: 0 done, 1 not done, or \`status\`: not all of the lab answers; \`shell\`: the command's own.`,
  );

function labCommand(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--name <name>', 'which lab', process.env.MESHFERRY_LAB || DEFAULT_NAME)
    .addOption(
      new Option('--provider <provider>', 'where it runs')
        .choices(['local', 'kind'])
        .default(undefined, 'kind where Docker answers'),
    );
}

labCommand('up', 'bring the lab up, or what of it does not run').action(up);
labCommand('down', 'remove the lab and all that belongs to it')
  .option('--cache', 'remove the built parts too: the next lab:up builds for 12 to 25 minutes')
  .action(down);
labCommand('status', 'say what runs, and how long ago each part answered')
  .option('--json', 'for programs')
  .action(status);
labCommand('env', 'print what makes kubectl, istioctl and docker of a shell reach into the lab').action(env);
labCommand('shell', 'open a shell inside the lab, or run one command there')
  .argument('[command...]', 'after --')
  .passThroughOptions()
  .action(shell);
program
  .command('build')
  .description('build one part, and print the folder it is in')
  .argument('<part>', BUILDABLE.map(({ name }) => name).join(', '))
  .action(build);

program.parseAsync().catch((error: Error) => {
  process.stderr.write(`✖ ${error.message}\n`);
  process.exitCode = 1;
});
