import { Command, Option } from 'commander';
import { loadMigrations } from '../../config';
import { stateOf } from '../../operate/gate/state';
import { topologyDot, topologyMermaid, topologyText } from '../../operate/topology/formats';
import { type Topology, topologyOf } from '../../operate/topology/graph';
import { measureTraffic } from '../../operate/topology/traffic';
import { topologySvg } from '../../page/topology-svg';
import { positionOf } from '../../plan/position';
import { enterProject } from '../project';
import { selectOne } from '../select';
import { readSince } from '../since';
import { type SourceOptions, SourceReader, withSources } from '../sources';
import { untilInterrupted, watch } from '../watch';

const HELP = `
Who calls the service, the VM and the pods, the share that git declares for each, and, where a Prometheus is declared,
what was measured: requests a second, success, latency and mutual TLS.

Exit codes: 0 shown, 1 git or Prometheus failed, 2 wrong usage.

Examples:
  $ meshferry topology analytics
  $ meshferry topology analytics -w                  kept up to date
  $ meshferry topology analytics --format mermaid    for Markdown
  $ meshferry topology analytics --format svg > analytics.svg`;

const FORMATS: Readonly<Record<string, (topology: Topology) => string>> = {
  text: topologyText,
  mermaid: topologyMermaid,
  dot: topologyDot,
  svg: topologySvg,
};
const POLL_SECONDS = 5;
/** The history is not shown: one moment is asked for. */
const SPAN_MS = 60_000;

interface Options extends SourceOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
  readonly format: string;
}

/** `meshferry topology`: a service and what answers for it, as a graph. */
export function topologyCommand(): Command {
  const command = new Command('topology')
    .description('show who calls a service, and who answers')
    .argument('<name>', 'name of the migration, with its environment in front where it matters')
    .option('-w, --watch', 'keep it up to date until interrupted')
    .option('--json', 'print the graph as JSON')
    .addOption(
      new Option('--format <format>', 'how it is printed').choices(Object.keys(FORMATS)).default('text'),
    )
    .addHelpText('after', HELP);
  return withSources(command).action(async (name: string, options: Options) => {
    enterProject();
    const look = async () => {
      const topology = await topologyNow(name, options);
      return options.json
        ? JSON.stringify(topology, null, 2)
        : (FORMATS[options.format] as (typeof FORMATS)[string])(topology).trimEnd();
    };
    if (options.watch) await watch(look, POLL_SECONDS, untilInterrupted());
    else process.stdout.write(`${await look()}\n`);
  });
}

async function topologyNow(name: string, options: Options): Promise<Topology> {
  const loaded = selectOne(loadMigrations('migrations'), name);
  const reader = new SourceReader(options, [loaded]);
  const since = await readSince([loaded], { askForge: false });
  const sources = await reader.sourcesOf(loaded, since.get(loaded.file));
  const { phase } = positionOf(loaded.migration);
  const { vm, pods } = await stateOf(loaded, sources);
  const traffic =
    sources.prometheus &&
    (await measureTraffic(loaded, sources.prometheus, { now: new Date(), span: SPAN_MS }));
  return topologyOf(loaded, phase, {
    ...(vm !== undefined && { vm }),
    ...(pods !== undefined && { pods }),
    ...(traffic && { traffic }),
  });
}
