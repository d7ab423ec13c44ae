import { Command } from 'commander';
import { version } from '../package.json';
import { completionCommand } from './commands/completion';
import { synthCommand } from './commands/synth';
import { reportError } from './errors';
import type { Host } from './host';
import { initCommand } from './init/init';

const HELP = `
Exit codes: 0 done, 1 something was found, differs or failed, 2 wrong input or usage, 70 a fault of meshferry; the
help of a command names more where it has them.

Examples:
  $ meshferry init              start a repository of migrations in this folder
  $ meshferry synth             render migrations/ into dist/
  $ meshferry plan analytics    the phases of a migration, and what each changes
  $ meshferry verify dist       hold the rendered manifests against schemas, Istio and each other`;

/** Every command by its name, in the order of the help; made only when asked for. */
const COMMANDS: Readonly<Record<string, (host: Host) => Command>> = {
  init: (host) => initCommand(host),
  new: ({ load }) => (load('commands/new') as typeof import('./commands/new')).newCommand(),
  synth: (host) => synthCommand(host),
  plan: ({ load }) => (load('commands/plan') as typeof import('./commands/plan')).planCommand(),
  verify: ({ load }) => (load('commands/verify') as typeof import('./commands/verify')).verifyCommand(),
  next: ({ load }) => (load('move/commands') as typeof import('./move/commands')).nextCommand(),
  back: ({ load }) => (load('move/commands') as typeof import('./move/commands')).backCommand(),
  goto: ({ load }) => (load('move/commands') as typeof import('./move/commands')).gotoCommand(),
  abort: ({ load }) => (load('move/commands') as typeof import('./move/commands')).abortCommand(),
  freeze: ({ load }) => (load('commands/freeze') as typeof import('./commands/freeze')).freezeCommand(),
  unfreeze: ({ load }) => (load('commands/freeze') as typeof import('./commands/freeze')).unfreezeCommand(),
  history: ({ load }) => (load('commands/history') as typeof import('./commands/history')).historyCommand(),
  gate: ({ load }) => (load('commands/gate') as typeof import('./commands/gate')).gateCommand(),
  status: ({ load }) => (load('commands/status') as typeof import('./commands/status')).statusCommand(),
  report: ({ load }) => (load('commands/report') as typeof import('./commands/report')).reportCommand(),
  dashboard: ({ load }) =>
    (load('commands/dashboard') as typeof import('./commands/dashboard')).dashboardCommand(),
  topology: ({ load }) =>
    (load('commands/topology') as typeof import('./commands/topology')).topologyCommand(),
  check: ({ load }) => (load('commands/check') as typeof import('./commands/check')).checkCommand(),
  agent: (host) => (host.load('agent/commands') as typeof import('./agent/commands')).agentCommand(host),
  discover: ({ load }) =>
    (load('commands/discover') as typeof import('./commands/discover')).discoverCommand(),
  adopt: ({ load }) => (load('commands/adopt') as typeof import('./commands/adopt')).adoptCommand(),
  diff: ({ load }) => (load('commands/diff') as typeof import('./commands/diff')).diffCommand(),
  completion: (host) => completionCommand(() => program(host)),
};

/** Asked for by these, the version needs no command. */
const VERSION = ['-V', '--version'];

/** The command line. Sets the exit code, and does not end the process itself: output may still be on its way. */
export async function main(argv: readonly string[], host: Host): Promise<void> {
  // From an app that goes on by itself; Node would print the line it is on, and compiled lines are long.
  const options = { json: argv.includes('--json') };
  process.once('uncaughtException', (error) => process.exit(reportError(error, options)));
  // Whoever reads stops reading, as `head` does: nothing is wrong.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  try {
    await program(host, argv[2]).parseAsync([...argv]);
  } catch (error) {
    process.exitCode = reportError(error, options);
  }
}

/**
 * The commands.
 *
 * @param only the one that is wanted; another name, or none: all of them
 */
export function program(host: Host, only?: string): Command {
  const root = new Command('meshferry')
    .description('carry a service from a virtual machine into Kubernetes, one pull request at a time')
    .version(version)
    .addHelpText('after', HELP);
  const names =
    only !== undefined && Object.hasOwn(COMMANDS, only)
      ? [only]
      : VERSION.includes(only ?? '')
        ? []
        : Object.keys(COMMANDS);
  for (const name of names) {
    const command = COMMANDS[name]?.(host);
    if (command) root.addCommand(command);
  }
  // Set last, and on each: a command does not take this over from the one that it is added to.
  for (const command of [root, ...root.commands.flatMap((each) => [each, ...each.commands])])
    command.exitOverride().showSuggestionAfterError();
  return root;
}
