import type { Command } from 'commander';
import type { PackageOptions } from './commands/set';
import type { SurveyArguments } from './commands/survey';
import { TaskLines } from './commands/task-lines';
import { EXIT_CODES, type Failure, toFailure } from './failure';
import { pathsUnder } from './paths';

/** Filled in by the build. */
declare const AGENT_VERSION: string | undefined;

const paths = pathsUnder();

/** The commands. Each loads its own modules when it is called, so that it uses no more memory than it needs. */
async function program(): Promise<Command> {
  const { Command } = await import('commander');
  const agent = new Command('meshferry-agent')
    .description('Brings this machine into an Istio mesh, and keeps it there.')
    .version(typeof AGENT_VERSION === 'string' ? AGENT_VERSION : 'development')
    .configureOutput({
      outputError: (text, write) =>
        write(
          `${text
            .trim()
            .replace(/^error: /, '✖ ')
            .replaceAll('\n', ' ')} → see meshferry-agent --help\n`,
        ),
    })
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  agent.addHelpText(
    'after',
    `
Examples:
  meshferry-agent set workload-group smm-demo analytics-v0
  kubectl create token analytics-v0-agent -n smm-demo | ssh vm sudo meshferry-agent set bearer-token -
  meshferry-agent reconcile --dry-run      which changes it would make
  meshferry-agent reconcile                join the mesh, and stay in it
  meshferry-agent status --json            status of the machine
  meshferry-agent doctor                   every check, with what to do
  meshferry-agent survey --json            what runs here, before it joins anything
  meshferry-agent uninstall                restore the machine as it was

Exit codes: 0 done, ${Object.entries(EXIT_CODES)
      .map(([kind, code]) => `${code} ${kind}`)
      .join(', ')}`,
  );

  const set = agent
    .command('set')
    .description('Configure the agent.')
    .addHelpText(
      'after',
      `
Examples:
  meshferry-agent set workload-group smm-demo analytics-v0
  kubectl create token analytics-v0-agent -n smm-demo | meshferry-agent set bearer-token -
  meshferry-agent set node-ip 10.0.0.5
  meshferry-agent set api-server https://api.example.com:6443 --ca ca.pem
  meshferry-agent set mesh --revision 1-22
  meshferry-agent set package --version 1.22.3 --sha256 <hex>
  meshferry-agent set keep-ports 2222 9100
  meshferry-agent set keep-ports             none but ssh's`,
    );
  set
    .command('workload-group <namespace> <name>')
    .description('The WorkloadGroup that the machine belongs to.')
    .action(async (...[namespace, name]: string[]) =>
      (await import('./commands/set')).setWorkloadGroup(paths, namespace ?? '', name ?? ''),
    );
  set
    .command('node-ip <ip>')
    .description(
      'Address that the mesh reaches the machine by; `auto`: the one it reaches the API server from.',
    )
    .action(async (ip: string) => (await import('./commands/set')).setNodeIp(paths, ip));
  set
    .command('bearer-token [token]')
    .description('The token that the agent signs in with.')
    .option('--file <path>', 'read it from a file')
    .addHelpText(
      'after',
      `
Safe, since nothing of it shows in the process list or the shell's history:
  kubectl create token <group>-agent -n <namespace> | meshferry-agent set bearer-token -
  meshferry-agent set bearer-token --file /root/token

As in the walk-through; the token is in the process list while the command runs, and in the shell's history:
  meshferry-agent set bearer-token <token>`,
    )
    .action(async (token: string | undefined, options: { file?: string }) =>
      (await import('./commands/set')).setBearerToken(paths, token, options.file),
    );
  set
    .command('api-server <url>')
    .description('The API server, and the CA that vouches for it; the install script sets both.')
    .requiredOption('--ca <file>', "the CA's certificate, PEM; `-` for standard input")
    .action(async (url: string, options: { ca: string }) =>
      (await import('./commands/set')).setApiServer(paths, url, options.ca),
    );
  set
    .command('mesh')
    .description('Where Istio is, if it is not in the usual place.')
    .option('--namespace <name>', 'namespace of istiod')
    .option('--revision <name>', 'revision of istiod; `default` for none')
    .option('--gateway-service <name>', "the mesh-expansion gateway's Service")
    .option('--istiod-address <ip>', 'address of istiod if there is no such gateway; `auto`: ask the gateway')
    .action(async (options: Record<string, string>) =>
      (await import('./commands/set')).setMesh(paths, options),
    );
  set
    .command('package [url]')
    .description("URL of the sidecar's package; {version}, {arch} and {type} are filled in.")
    .option(
      '--sha256 <hex>',
      'its checksum; repeat it if machines use different packages',
      (sum, before: string[] = []) => [...before, sum],
    )
    .option('--version <version>', "Istio's version; default: the mesh's")
    .option('--plain-http', 'allow a download by http')
    .action(async (url: string | undefined, options: PackageOptions) =>
      (await import('./commands/set')).setPackage(paths, url, options),
    );
  set
    .command('keep-ports [ports...]')
    .description("TCP ports that Istio never captures, in addition to ssh's.")
    .action(async (ports: string[]) => (await import('./commands/set')).setKeepPorts(paths, ports));
  set
    .command('dns-capture <on|off>')
    .description("Whether Istio answers the machine's DNS queries.")
    .action(async (value: string) => (await import('./commands/set')).setDnsCapture(paths, value));

  agent
    .command('show')
    .description('Print the configuration, without the token.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => (await import('./commands/show')).show(paths, options));
  agent
    .command('reconcile')
    .description(
      'Join the mesh: check, install, configure, start, wait. If a step fails, all changes are undone.',
    )
    .option('--dry-run', 'only print the changes that would be made')
    .option('--json', 'print the changes as JSON')
    .action(async (options: { dryRun?: boolean; json?: boolean }) => {
      const { reconcile } = await import('./commands/reconcile');
      const changes = await reconcile(paths, new TaskLines(options.json), {
        dryRun: options.dryRun ?? false,
      });
      if (options.json) print({ dryRun: options.dryRun ?? false, changes });
    });
  agent
    .command('run')
    .description('Stay in the mesh; the systemd unit runs this.')
    .action(async () => (await import('./commands/run')).keepInMesh(paths));
  agent
    .command('status')
    .description('Status of the machine. Exits with 0 only if it gets traffic.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const { readStatus, statusText } = await import('./commands/status');
      const status = await readStatus(paths);
      if (options.json) print(status);
      else process.stdout.write(`${statusText(status)}\n`);
      if (status.kind !== null) process.exitCode = EXIT_CODES[status.kind];
    });
  agent
    .command('doctor')
    .description('Run every check, and say what to do about each failure. Changes nothing.')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) => {
      const { examine, findingsText } = await import('./commands/doctor');
      const findings = await examine(paths);
      if (options.json) print(findings);
      else process.stdout.write(`${findingsText(findings)}\n`);
      process.exitCode = findings.find(({ failure }) => failure)?.failure?.exitCode ?? 0;
    });
  agent
    .command('survey')
    .description('Show which units listen, and print a migration and a Containerfile to begin with for each.')
    .option('--seconds <number>', 'how long connections and resources are watched', '60')
    .option('--namespace <name>', 'namespace of the migrations', 'default')
    .option('--ask', 'ask each port by one GET / whether it speaks HTTP')
    .option('--values', 'tell the values of environment variables too; secrets are among them')
    .option('--json', 'as JSON, for meshferry new --survey')
    .action(async (options: SurveyArguments) => (await import('./commands/survey')).printSurvey(options));
  agent
    .command('uninstall')
    .description('Leave the mesh, and restore the machine as it was.')
    .option('--dry-run', 'only print the changes that would be made')
    .action(async (options: { dryRun?: boolean }) => {
      const { uninstall } = await import('./commands/uninstall');
      await uninstall(paths, new TaskLines(), { dryRun: options.dryRun ?? false });
    });
  agent.hook('preAction', () => {
    process.umask(0o022);
  });
  return agent;
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

async function main(): Promise<void> {
  try {
    // The background process stays in memory: it does not load what only the command line needs.
    if (process.argv[2] === 'run' && process.argv.length === 3) {
      return await (await import('./commands/run')).keepInMesh(paths);
    }
    await (await program()).parseAsync(process.argv);
  } catch (thrown) {
    const { name, exitCode } = thrown as { name?: string; exitCode?: number };
    if (name === 'CommanderError') {
      process.exitCode = exitCode === 0 ? 0 : EXIT_CODES.usage;
      return;
    }
    const failure: Failure = toFailure(thrown);
    new TaskLines().failed(failure);
    if (process.env.MESHFERRY_DEBUG) process.stderr.write(`${(thrown as Error).stack}\n`);
    process.exitCode = failure.exitCode;
  }
}

void main();
