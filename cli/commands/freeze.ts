import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { shellWord } from '../../text/shell';
import { UsageError } from '../errors';
import { enterProject } from '../project';

const FREEZE = `
Writes migrations/FREEZE, or that of one environment. Once it is merged, \`next\` and \`goto\` move nothing on there; going
back stays possible. Commit it as the last lines say.

Exit codes: 0 written, 2 wrong usage.

Examples:
  $ meshferry freeze 'no changes until Monday'
  $ meshferry freeze 'incident 4711' --environment prod`;

const UNFREEZE = `
Removes what \`meshferry freeze\` wrote.

Exit codes: 0 removed, 2 nothing is frozen there.

Examples:
  $ meshferry unfreeze
  $ meshferry unfreeze --environment prod`;

interface Options {
  readonly environment?: string;
}

const environment = ['--environment <name>', 'folder in migrations/ (default: all of it)'] as const;

/** `meshferry freeze`: stops all moves forward. */
export function freezeCommand(): Command {
  return new Command('freeze')
    .description('stop all moves forward, for a reason')
    .argument('<reason>', 'what a refused move says')
    .option(...environment)
    .addHelpText('after', FREEZE)
    .action((reason: string, options: Options) => {
      const file = fileOf(options);
      if (existsSync(file)) throw new UsageError(`✖ ${file} exists: it is frozen already`);
      writeFileSync(file, `${reason.replaceAll(/\s+/g, ' ').trim()}\n`, { flag: 'wx' });
      tell(`✔ wrote ${file}`, `git add ${shellWord(file)}`, 'Freeze');
    });
}

/** `meshferry unfreeze`: lets them go on. */
export function unfreezeCommand(): Command {
  return new Command('unfreeze')
    .description('let moves go on')
    .option(...environment)
    .addHelpText('after', UNFREEZE)
    .action((options: Options) => {
      const file = fileOf(options);
      if (!existsSync(file)) throw new UsageError(`✖ there is no ${file}: nothing is frozen there`);
      rmSync(file);
      tell(`✔ removed ${file}`, `git add --update ${shellWord(file)}`, 'Unfreeze');
    });
}

function fileOf({ environment: name = '' }: Options): string {
  enterProject();
  const folder = join('migrations', name);
  if (!existsSync(folder) || /(^|\/)\.\.?(\/|$)/.test(name))
    throw new UsageError(`✖ there is no folder ${folder}`);
  return join(folder, 'FREEZE');
}

function tell(done: string, add: string, message: string): void {
  process.stdout.write(
    `${done}\nIt counts once it is merged:\n  ${add} && git commit -m ${message} && git push\n`,
  );
}
