import { Command, Option } from 'commander';
import { loadMigrations } from '../../config';
import { FORGES } from '../../operate/promote/forge';
import { Moves } from '../dashboard/moves';
import { Dashboard } from '../dashboard/server';
import type { MoveOptions } from '../move/options';
import { positive } from '../numbers';
import { pageModel } from '../page-model';
import { enterProject } from '../project';
import { select } from '../select';
import { withSources } from '../sources';
import { untilInterrupted } from '../watch';

const HELP = `
Serves the page of \`meshferry report\` on this machine alone, and keeps it up to date while it is open. Its buttons show
the pull request of \`next\`, \`back\` and \`abort\` before they open it, by the same code and with the same refusals as the
commands. The address holds a secret: whoever has it may do what the buttons do, until the dashboard ends.

Exit codes: 0 interrupted, 1 git failed, 2 wrong usage.

Examples:
  $ meshferry dashboard                        every migration
  $ meshferry dashboard analytics --read-only  one, without buttons
  $ meshferry dashboard --port 8080            at the same port each time`;

const EVERY_MS = 5000;

type Options = Pick<MoveOptions, 'prometheus' | 'context' | 'cluster' | 'forge' | 'remote' | 'base'> & {
  readonly readOnly?: boolean;
  readonly port?: number;
};

/** `meshferry dashboard`: the page, served and kept up to date. */
export function dashboardCommand(): Command {
  const command = new Command('dashboard')
    .description('serve the page on this machine, up to date, with buttons that propose moves')
    .argument('[names...]', 'names of migrations, with their environment in front where it matters')
    .option('--read-only', 'no buttons, and no moves')
    .option('--port <number>', 'port on loopback (default: a free one)', positive)
    .option('--base <branch>', "branch that is synced (default: the remote's default branch)")
    .option('--remote <name>', 'remote that holds what is merged (default: origin)')
    .addOption(
      new Option('--forge <program>', 'what opens pull requests (default: what fits the remote)').choices([
        ...FORGES,
        'none',
      ]),
    )
    .addHelpText('after', HELP);
  return withSources(command).action(async (names: string[], { readOnly, port, ...options }: Options) => {
    enterProject();
    select(loadMigrations('migrations'), names);
    const moves = new Moves(options);
    const dashboard = await Dashboard.start({
      read: () => pageModel(names, options, new Date()),
      ...(!readOnly && { move: (order) => moves.make(order) }),
      ...(port !== undefined && { port }),
      everyMs: EVERY_MS,
    });
    process.stdout.write(`${dashboard.url}\nCtrl-C ends it.\n`);
    const end = untilInterrupted();
    await new Promise<void>((resolve) => {
      end.addEventListener('abort', () => resolve());
    });
    await dashboard.stop();
  });
}
