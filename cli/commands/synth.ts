import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { differences, listFiles } from '../../output/compare';
import { type RunContext, shareRunContext } from '../../output/rerender/run-context';
import { UsageError } from '../errors';
import type { Host, Started } from '../host';
import { isPlainApp } from '../plain-app';
import { enterProject } from '../project';

const DEFAULT_APP = 'main.ts';

const HELP = `
Compiles and runs main.ts; without one, renders migrations/. The output folder is replaced as a whole, and only after
everything could be rendered. You never need to build main.ts yourself.

Exit codes: 0 rendered, or nothing differs; 1 with --check: something differs; 2 wrong input or usage.

Examples:
  $ meshferry synth                  render into dist/
  $ meshferry synth --to /tmp/look   render elsewhere
  $ meshferry synth --from other     render the migrations in other/, without main.ts
  $ meshferry synth --check          for CI: does dist/ hold what the sources render?`;

interface Options {
  readonly from?: string;
  readonly to: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** `meshferry synth`: renders every migration. */
export function synthCommand(host: Host): Command {
  return new Command('synth')
    .description('render the migrations into dist/')
    .argument('[app]', 'the cdk8s app', DEFAULT_APP)
    .option('--from <folder>', 'render these migrations, and run no app')
    .option('--to <folder>', 'where to render', process.env.CDK8S_OUTDIR || 'dist')
    .option('--check', 'write nothing, and fail where the folder holds something else')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action((app: string, options: Options, command: Command) => {
      // What is named is named from here.
      const isNamed = (option: string) => command.getOptionValueSource(option) === 'cli';
      if (app === DEFAULT_APP && !isNamed('from') && !isNamed('to')) enterProject();
      if (options.check) check(app, options, host);
      else if (runsApp(app, options) && !isPlainApp(app)) writeByApp(app, options, host);
      else write(app, options, host);
    });
}

function runsApp(app: string, { from }: Options): boolean {
  return from === undefined && existsSync(app);
}

/** An app that may do more writes elsewhere first, since it takes away nothing that it wrote before. */
function writeByApp(app: string, options: Options, host: Host) {
  const { to, json } = options;
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-app-'));
  try {
    const rendered = join(folder, 'dist');
    render(app, { ...options, to: rendered }, host);
    refuseNothing(app, rendered, to);
    const { placeRendering } = host.load('commands/render') as typeof import('./render');
    const gone = placeRendering(rendered, to);
    const files = listFiles(to);
    print(json, { to, files, ...(gone.length > 0 && { gone }) }, summary(files.length, to));
    if (gone.length > 0 && !json) process.stderr.write(`! ${goneText(gone)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(app: string, options: Options, host: Host) {
  const { to, json } = options;
  const context: RunContext = {};
  const started: Started | undefined = canBuildOnTheLast(app, options)
    ? (program) => {
        context.program = program;
      }
    : undefined;
  shareRunContext(context, () => render(app, options, host, started));
  const isOurs = context.rendered?.to === resolve(to);
  // Right now it may be on its way from another run's hands into its place: what is known is not asked for.
  if (!isOurs) refuseNothing(app, to, to);
  const { gone = [], files: known } = (isOurs && context.rendered) || {};
  // To list tens of thousands of files takes as long as to see that only one has changed.
  const files = !json && known !== undefined ? undefined : listFiles(to);
  print(json, { to, files, ...(gone.length > 0 && { gone }) }, summary(files?.length ?? known ?? 0, to));
  if (gone.length > 0 && !json) process.stderr.write(`! ${goneText(gone)}\n`);
}

function goneText(gone: readonly string[]): string {
  if (gone.length === 1) return `1 migration is gone: ${gone[0]}`;
  return `${gone.length} migrations are gone: ${gone.join(', ')}`;
}

function canBuildOnTheLast(app: string, { from }: Options): boolean {
  return from !== undefined || !existsSync(app) || isPlainApp(app);
}

function summary(files: number, to: string): string {
  return `✔ ${count(files, 'file')} in ${to}`;
}

function check(app: string, options: Options, host: Host) {
  const { to, json } = options;
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-check-'));
  try {
    const rendered = join(folder, 'dist');
    render(app, { ...options, to: rendered }, host);
    refuseNothing(app, rendered, to);
    const found = differences(to, rendered);
    const text =
      found.length > 0
        ? [
            `✖ ${count(found.length, 'file')} in ${to} ${found.length === 1 ? 'is' : 'are'} not what the sources render; run \`meshferry synth\` and commit the result:`,
            ...found.map(({ file, is }) => `  ${is.padEnd(8)} ${file}`),
          ].join('\n')
        : `✔ ${to} is what the sources render`;
    print(json, { to, differences: found }, text);
    process.exitCode = found.length > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function render(app: string, { from, to }: Options, host: Host, started?: Started) {
  // As the cdk8s CLI tells an app where to write.
  process.env.CDK8S_OUTDIR = to;
  if (from === undefined && existsSync(app)) host.runApp(app, started);
  else if (from !== undefined || app === DEFAULT_APP) {
    (host.load('commands/render', started) as typeof import('./render')).renderMigrations({ from });
  } else throw new UsageError(`✖ there is no ${app} in ${process.cwd()}`);
}

/** @throws UsageError where an app rendered into another folder, or not at all */
function refuseNothing(app: string, rendered: string, to: string) {
  if (existsSync(rendered)) return;
  throw new UsageError(
    `✖ ${app} rendered nothing into ${to}: it is to call renderMigrations(), and leave the folder to it`,
  );
}

function print(json: boolean | undefined, data: object, text: string) {
  process.stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : `${text}\n`);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
