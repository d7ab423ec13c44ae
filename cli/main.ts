import { Command, CommanderError } from 'commander';
import { version } from '../package.json';
import { reportError } from './errors';
import { initCommand } from './init';
import { planCommand } from './plan';
import { synthCommand } from './synth';
import { verifyCommand } from './verify';

const HELP = `
Exit codes: 0 done, 1 something was found or differs, 2 wrong input or usage, 70 a fault of meshferry.

Examples:
  $ meshferry init              start a repository of migrations in this folder
  $ meshferry synth             render migrations/ into dist/
  $ meshferry plan analytics    the phases of a migration, and what each changes
  $ meshferry verify dist       hold the rendered manifests against schemas, Istio and each other`;

/** Runs a TypeScript file and returns what it exports; made by bin/compile.js. */
export type RunApp = (file: string) => unknown;

/** The command line. Sets the exit code, and never ends the process itself: output may still be on its way. */
export async function main(argv: readonly string[], runApp: RunApp): Promise<void> {
  try {
    await program(runApp).parseAsync([...argv]);
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : reportError(error);
  }
}

/** Every command, one a file. */
export function program(runApp: RunApp): Command {
  const root = new Command('meshferry')
    .description('carry a service from a virtual machine into Kubernetes, one pull request at a time')
    .version(version)
    .addHelpText('after', HELP);
  for (const command of [initCommand(), synthCommand(runApp), planCommand(), verifyCommand()])
    root.addCommand(command);
  // Set last, and on each: a command does not take this over from the one that it is added to.
  for (const command of [root, ...root.commands]) command.exitOverride().showSuggestionAfterError();
  return root;
}
