import { Command, Option } from 'commander';
import { FORGES, type ForgeName } from '../../operate/promote/forge';
import { type SourceOptions, withSources } from '../sources';

/** Options of the commands that move migrations. */
export interface MoveOptions extends SourceOptions {
  readonly remote?: string;
  readonly base?: string;
  readonly forge?: ForgeName | 'none';
  readonly dryRun?: boolean;
  readonly despite?: string;
  readonly draft?: boolean;
  readonly reviewer?: readonly string[];
  readonly label?: readonly string[];
  readonly json?: boolean;
  readonly all?: boolean;
  readonly maxInFlight?: number;
  readonly whenGreen?: boolean;
}

/** A command that moves migrations, with the options that all of them have. */
export function moveCommand(name: string, description: string, help: string): Command {
  const command = new Command(name)
    .description(description)
    .option('--dry-run', 'show everything, change nothing')
    .option('--despite <reason>', 'pass over a gate, the VM, the environment before or a freeze, and say why')
    .option('--draft', 'open the pull request as a draft')
    .option('--reviewer <name>', 'who is asked to review it; may be given again', collect)
    .option('--label <name>', 'label of the pull request; may be given again', collect)
    .option('--base <branch>', "branch that is synced (default: the remote's default branch)")
    .option('--remote <name>', 'remote that holds what is merged (default: origin)')
    .addOption(
      new Option('--forge <program>', 'what opens the pull request (default: what fits the remote)').choices([
        ...FORGES,
        'none',
      ]),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText('after', help);
  return withSources(command);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
