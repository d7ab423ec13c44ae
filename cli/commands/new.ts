import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { isDnsLabel } from '../../config/schema/scalars';
import { readSurvey } from '../../config/survey';
import { containerfile, migrationFile } from '../../text/survey-files';
import { UsageError } from '../errors';
import { enterProject } from '../project';
import { writeMigration } from './new-migration';

const HELP = `
Writes migrations/NAME.yaml for each NAME, with a word about each field.

With --survey, writes what a survey of a machine is a start for: a migration and a Containerfile for each unit that listens there. What the
survey could not know is a comment with a question mark. A file that exists is never overwritten.

Exit codes: 0 written, 2 wrong usage, no survey, or files that are in the way.

Examples:
  $ meshferry new orders -n shop --image registry.example/orders:1.4.2
  $ meshferry new prod/ledger -n shop --port http=8080 --port 5432
  $ ssh vm sudo meshferry-agent survey --json --ask > survey.json
  $ meshferry new --survey survey.json -n shop                 for every unit
  $ meshferry new orders billing --survey survey.json -n shop  for these`;

interface Options {
  readonly survey?: string;
  readonly namespace: string;
  readonly image?: string;
  readonly port?: readonly string[];
}

/** `meshferry new`: migrations to begin with. */
export function newCommand(): Command {
  return new Command('new')
    .description('declare migrations, by name or from a survey of a machine')
    .argument('[names...]', 'names of the migrations; with --survey, of its units (default: all of them)')
    .option('--survey <file>', 'what meshferry-agent survey --json printed; - for the standard input')
    .option('-n, --namespace <name>', 'namespace of the migrations', 'default')
    .option('--image <image>', 'without a survey: image of the pods (default: one to fill in)')
    .option(
      '--port <name=number>',
      'without a survey: a port; may be given again (default: http=8080)',
      collect,
    )
    .addHelpText('after', HELP)
    .action(run);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function run(names: string[], options: Options): void {
  const { survey, namespace } = options;
  if (!isDnsLabel(namespace)) throw new UsageError(`✖ ${namespace} cannot be the name of a namespace`);
  if (survey !== undefined) writeFromSurvey(names, survey, namespace);
  else if (names.length === 0)
    throw new UsageError('✖ name a migration, or give a survey: meshferry new NAME');
  else {
    enterProject();
    for (const name of names) process.stdout.write(`  ${writeMigration(name, options)}\n`);
  }
}

function writeFromSurvey(names: readonly string[], survey: string, namespace: string): void {
  const seen = readSurvey(survey === '-' ? 'stdin' : survey, text(survey));
  const unknown = names.filter((name) => !seen.services.some((service) => service.name === name));
  if (unknown.length > 0)
    throw new UsageError(
      `✖ the survey has no ${unknown.join(', ')}; it has ${seen.services.map(({ name }) => name).join(', ') || 'no unit'}`,
    );
  enterProject();
  const chosen = seen.services.filter(({ name }) => names.length === 0 || names.includes(name));
  const files = chosen.flatMap((service) => [
    [`migrations/${service.name}.yaml`, migrationFile(seen, service, namespace)] as const,
    [`containers/${service.name}/Containerfile`, containerfile(seen, service)] as const,
  ]);
  const inTheWay = files.map(([path]) => path).filter((path) => existsSync(path));
  if (inTheWay.length > 0)
    throw new UsageError(
      `✖ ${inTheWay.join(', ')} exist already: move them away, or name the units that you want`,
    );
  for (const [path, content] of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { flag: 'wx' });
    process.stdout.write(`  ${path}\n`);
  }
  for (const line of seen.leftOut) process.stdout.write(`  left out: ${line}\n`);
}

function text(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`✖ cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
