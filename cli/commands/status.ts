import { Command } from 'commander';
import { type LoadedMigration, loadMigrations } from '../../config';
import { PrometheusError } from '../../operate/gate/prometheus';
import { type MigrationState, stateOf } from '../../operate/gate/state';
import { EXIT_CODES } from '../../operate/promote/refusal';
import { statusTable } from '../../operate/report/status-table';
import { historyOf } from '../../operate/topology/traffic';
import { printableLines } from '../../text/printable';
import { isFromOutside } from '../errors';
import { enterProject } from '../project';
import { select } from '../select';
import { readSince } from '../since';
import { type SourceOptions, SourceReader, withSources } from '../sources';
import { untilInterrupted, watch } from '../watch';

const HELP = `
For each migration: its phase in git, whether its routes are live, the split that git declares and the one measured
recently, the VM, the pods, its gate, and how long the phase has been current. Migrations that need a person come first,
with the reason. Columns stay empty where no cluster or Prometheus is declared. One that is declared and does not answer
is reported. With -w, a line of bars shows what share the pods got over the last hour, from 0 to 100 %.

Exit codes: 0 nothing needs a person, 1 git failed, 2 wrong usage, 3 something needs a person.

Examples:
  $ meshferry status                        every migration
  $ meshferry status prod/analytics -w      one, kept up to date
  $ meshferry status --json                 for other programs`;

const POLL_SECONDS = 5;
const HISTORY_MS = 60 * 60_000;
/** Migrations that are looked at in parallel. */
const TOGETHER = 8;

interface Options extends SourceOptions {
  readonly watch?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** `meshferry status`: where migrations stand. */
export function statusCommand(): Command {
  const command = new Command('status')
    .description('show where migrations stand, in git and in the cluster')
    .argument('[names...]', 'names of migrations, with their environment in front where it matters')
    .option('-w, --watch', 'keep it up to date until interrupted')
    .option('--all', 'show migrations that are through, too')
    .option('--json', 'print the states as JSON')
    .addHelpText('after', HELP);
  return withSources(command).action(async (names: string[], options: Options) => {
    enterProject();
    let states: readonly MigrationState[] = [];
    const look = async () => {
      states = await statesOf(names, options);
      return options.json
        ? JSON.stringify(states, null, 2)
        : statusTable(states, new Date(), {
            all: options.all || names.length > 0,
            ...(options.watch && { shares: await sharesOf(names, options) }),
          });
    };
    if (options.watch) await watch(() => look().catch(inWords), POLL_SECONDS, untilInterrupted());
    else process.stdout.write(`${await look()}\n`);
    process.exitCode = states.some(({ attention }) => attention.length > 0) ? EXIT_CODES.halt : 0;
  });
}

/** Shares that pods got over the last hour, in percent, by migration; a Prometheus that does not answer has none. */
async function sharesOf(
  names: readonly string[],
  options: Options,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const chosen = select(loadMigrations('migrations'), names);
  const reader = new SourceReader(options, chosen);
  const asked = chosen.map(async (loaded) => {
    const prometheus = reader.prometheus(loaded);
    const history = prometheus
      ? await historyOf(loaded, prometheus, new Date(), HISTORY_MS).catch((error) => {
          if (error instanceof PrometheusError) return [];
          throw error;
        })
      : [];
    return [loaded.id, history.map(({ kubernetes }) => kubernetes)] as const;
  });
  return new Map(await Promise.all(asked));
}

/** What may pass ends no watch. */
function inWords(error: unknown): string {
  if (isFromOutside(error)) return printableLines(error.message);
  throw error;
}

async function statesOf(names: readonly string[], options: Options): Promise<MigrationState[]> {
  const chosen = select(loadMigrations('migrations'), names);
  const reader = new SourceReader(options, chosen);
  const since = await readSince(chosen, { askForge: false });
  const look = async (loaded: LoadedMigration): Promise<MigrationState> => {
    const sources = await reader.sourcesOf(loaded, since.get(loaded.file));
    try {
      return await stateOf(loaded, sources);
    } catch (error) {
      if (!(error instanceof PrometheusError)) throw error;
      const { prometheus: _, ...rest } = sources;
      const state = await stateOf(loaded, rest);
      return { ...state, attention: [error.message.replace(/^✖ /, ''), ...state.attention] };
    }
  };
  const states: MigrationState[] = [];
  for (let at = 0; at < chosen.length; at += TOGETHER) {
    states.push(...(await Promise.all(chosen.slice(at, at + TOGETHER).map(look))));
  }
  return states;
}
