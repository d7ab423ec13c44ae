import { Command } from 'commander';
import { loadMigrations } from '../../config';
import { openRepository } from '../../operate/promote/base';
import { phasesOf } from '../../operate/promote/history';
import { colour } from '../../operate/report/colour';
import { columns } from '../../operate/report/columns';
import { printable } from '../../text/printable';
import { enterProject } from '../project';
import { selectOne } from '../select';

const HELP = `
Every phase that was merged, the newest first, with the commit that brought it. Read from the branch that is checked out.

Exit codes: 0 printed, 2 wrong usage.

Examples:
  $ meshferry history analytics
  $ meshferry history prod/analytics --json`;

/** `meshferry history`: when a migration was moved, and by which commit. */
export function historyCommand(): Command {
  return new Command('history')
    .description('list the phases that a migration was in')
    .argument('<name>', 'name of the migration, with its environment in front where it matters')
    .option('--json', 'print them as JSON')
    .addHelpText('after', HELP)
    .action(async (name: string, { json }: { json?: boolean }) => {
      enterProject();
      const { id, file } = selectOne(loadMigrations('migrations'), name);
      const repository = await openRepository(process.cwd());
      const phases = await phasesOf({ ...repository, commit: 'HEAD' }, file);
      if (json) {
        process.stdout.write(`${JSON.stringify({ id, file, phases }, null, 2)}\n`);
        return;
      }
      const rows = phases.map(({ phase, time, commit, subject }) => [
        time.toISOString().slice(0, 16).replace('T', ' '),
        phase,
        commit.slice(0, 10),
        printable(subject),
      ]);
      const lines = rows.length > 0 ? columns(rows) : ['no commit holds it yet'];
      process.stdout.write(`${colour.bold(id)} ${colour.dim(`(${file})`)}\n${lines.join('\n')}\n`);
    });
}
