import { Command } from 'commander';
import { type LoadedMigration, loadMigrations } from '../../config';
import { renderPhase } from '../../constructs';
import { colour } from '../../operate/report/colour';
import { columns } from '../../operate/report/columns';
import { type PhaseChanges, phaseChanges } from '../../operate/report/phase-changes';
import { BAR_HEADING, bar, weightsText } from '../../operate/report/plan-picture';
import { plan } from '../../plan/plan';
import { enterProject } from '../project';
import { select } from '../select';

const HELP = `
The marked phase is the current one. Dark bars are requests to the VM, light bars are requests to pods.

Exit codes: 0 printed, 2 wrong input.

Examples:
  $ meshferry plan                   every migration
  $ meshferry plan analytics         one, by its name
  $ meshferry plan prod/analytics    one, of an environment
  $ meshferry plan --json            for other programs`;

interface PlannedPhase {
  readonly name: string;
  readonly current: boolean;
  readonly cells: readonly string[];
  readonly changes: PhaseChanges;
}

/** `meshferry plan`: the phases of migrations. */
export function planCommand(): Command {
  return new Command('plan')
    .description('list the phases of migrations, and what each changes')
    .argument('[names...]', 'names of migrations, with their environment in front where it matters')
    .option('--from <folder>', 'folder of the migrations (default: migrations)')
    .option('--json', 'print the plans as JSON')
    .addHelpText('after', HELP)
    .action((names: string[], { from, json }: { from?: string; json?: boolean }) => {
      if (from === undefined) enterProject();
      const migrations = select(loadMigrations(from ?? 'migrations'), names);
      const text = json
        ? `${JSON.stringify(migrations.map(toJson), null, 2)}\n`
        : migrations.map((loaded) => `${toText(loaded)}\n`).join('\n');
      process.stdout.write(text);
    });
}

function phasesOf({ migration, mesh }: LoadedMigration) {
  const phases = plan(migration);
  const rendered = phases.map((phase) => renderPhase(migration, mesh, phase));
  return phases.flatMap((phase, index) => {
    const layers = rendered[index];
    return layers ? [{ phase, changes: phaseChanges(rendered[index - 1], layers) }] : [];
  });
}

function toJson(loaded: LoadedMigration) {
  const { migration, environment, file } = loaded;
  return {
    name: migration.name,
    environment,
    file,
    namespace: migration.namespace,
    current: migration.phase,
    phases: phasesOf(loaded).map(({ phase, changes }, index) => ({ position: index + 1, ...phase, changes })),
  };
}

function toText(loaded: LoadedMigration): string {
  const { migration, file } = loaded;
  const rows: PlannedPhase[] = phasesOf(loaded).map(({ phase, changes }) => ({
    name: phase.name,
    current: phase.name === migration.phase,
    cells: [bar(phase), weightsText(phase)],
    changes,
  }));
  const table = columns([
    ['  phase', BAR_HEADING, 'weights', 'changes'],
    ...rows.map(({ name, current, cells, changes }) => [
      `${current ? '▸' : ' '} ${name}`,
      ...cells,
      changesText(changes),
    ]),
  ]);
  const lines = table.map((line, index) => (rows[index - 1]?.current ? colour.bold(line) : line));
  return [`${colour.bold(loaded.id)} ${colour.dim(`(${file})`)}`, ...lines].join('\n');
}

function changesText({ added, changed, removed }: PhaseChanges): string {
  const parts = [
    ['+', added],
    ['~', changed],
    ['-', removed],
  ] as const;
  return parts
    .filter(([, objects]) => objects.length > 0)
    .map(
      ([sign, objects]) =>
        `${sign} ${[...new Set(objects.map((object) => object.split(' ')[0]))].join(', ')}`,
    )
    .join('  ');
}
