import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { differences, listFiles } from '../output/compare';
import { UsageError } from './errors';
import type { RunApp } from './main';

const HELP = `
Runs main.ts, compiled with whatever it imports; without one, it renders the migrations as main.ts would.

Exit codes: 0 rendered, or nothing differs; 1 with --check: something differs; 2 wrong input.

Examples:
  $ meshferry synth                  render into dist/
  $ meshferry synth --to /tmp/look   render elsewhere
  $ meshferry synth --check          for CI: does dist/ hold what the sources render?`;

interface Options {
  to: string;
  check?: boolean;
  json?: boolean;
}

/** `meshferry synth`: renders every migration. */
export function synthCommand(runApp: RunApp): Command {
  return new Command('synth')
    .description('render the migrations into dist/')
    .argument('[app]', 'the cdk8s app', 'main.ts')
    .option('--to <folder>', 'where to render', process.env.CDK8S_OUTDIR ?? 'dist')
    .option('--check', 'write nothing, and fail where the folder holds something else')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action((app: string, options: Options) => {
      if (options.check) check(app, options, runApp);
      else write(app, options, runApp);
    });
}

function write(app: string, { to, json }: Options, runApp: RunApp) {
  render(app, to, runApp);
  const files = listFiles(to);
  print(json, { to, files }, `✔ ${files.length} files in ${to}`);
}

function check(app: string, { to, json }: Options, runApp: RunApp) {
  // Beside the folder, not in a folder of the system's: the two are then alike in all but their content.
  const folder = mkdtempSync(join(process.cwd(), '.meshferry-check-'));
  try {
    const rendered = join(folder, 'dist');
    render(app, rendered, runApp);
    const found = differences(to, rendered);
    const lines = found.map(({ file, is }) => `  ${is.padEnd(8)} ${file}`);
    const hint = `✖ ${to} is not what the sources render; run \`meshferry synth\` and commit it:`;
    print(
      json,
      { to, differences: found },
      found.length > 0 ? [hint, ...lines].join('\n') : `✔ ${to} is what the sources render`,
    );
    process.exitCode = found.length > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function render(app: string, to: string, runApp: RunApp) {
  process.env.CDK8S_OUTDIR = to;
  if (existsSync(app)) runApp(app);
  else if (app === 'main.ts') (require('../output') as typeof import('../output')).renderMigrations();
  else throw new UsageError(`✖ there is no ${app} in ${process.cwd()}`);
  if (!existsSync(to))
    throw new UsageError(`✖ ${app} rendered nothing into ${to}; does it call renderMigrations()?`);
}

function print(json: boolean | undefined, data: object, text: string) {
  process.stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : `${text}\n`);
}
