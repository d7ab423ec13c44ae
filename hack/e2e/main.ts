import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { run } from '../lab/run';
import { Lab } from './lab';
import { Report, Stop } from './report';
import { SCENARIOS } from './scenarios';
import { ensureSystem } from './system';

const ROOT = resolve(__dirname, '../..');
const AGENT = join(ROOT, 'lib/agent/meshferry-agent-linux-x64.gz');

interface Options {
  readonly lab: string;
  readonly keep?: boolean;
  readonly only?: string[];
  readonly json?: string;
  readonly seed: string;
}

const program = new Command('e2e')
  .description('Plays whole migrations on a real cluster with Istio and a machine under systemd.')
  .option('--lab <name>', 'lab to play on; it is brought up where it does not run', 'e2e')
  .option('--keep', 'leave the lab up afterwards; one that ran before is left up anyway')
  .option('--only <scenario...>', `some of: ${SCENARIOS.map(({ name }) => name).join(', ')}`)
  .option('--json <file>', 'write the result here too')
  .option('--seed <number>', 'seed of what is chosen at random', String(Math.floor(Math.random() * 1e9)))
  .addHelpText(
    'after',
    '\nExit codes: 0 all as expected, 1 not, 130 and 143 interrupted.\n\nExamples:\n  $ npm run e2e\n  $ npm run e2e -- --keep --only "every phase"',
  );

async function main(options: Options): Promise<void> {
  const unknown = options.only?.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`no scenario is called ${unknown.join(', ')}`);
  const chosen = SCENARIOS.filter(({ name }) => !options.only || options.only.includes(name));
  ensureSystem(chosen.flatMap(({ system }) => system ?? []));
  const report = new Report();
  const began = Date.now();
  let lab: Lab | undefined;
  const leave = async () => {
    if (lab && !options.keep && !lab.wasUp) await lab.down();
  };
  process.once('SIGINT', () => void leave().finally(() => process.exit(130)));
  process.once('SIGTERM', () => void leave().finally(() => process.exit(143)));
  try {
    await report.step('lab', 'up', 'answers', async () => {
      lab = await Lab.up(options.lab);
      return `lab "${options.lab}"`;
    });
    if (!lab) return;
    if (chosen.some(({ agent }) => agent) && !existsSync(AGENT))
      await report.step('lab', 'agent', 'built', buildAgent);
    for (const scenario of chosen) {
      await play(scenario.name, report, () =>
        scenario.play({ lab: lab as Lab, report, seed: Number(options.seed) }),
      );
    }
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  } finally {
    await leave();
    const { passed, failed, steps } = report;
    if (options.json) writeFileSync(options.json, `${JSON.stringify({ passed, failed, steps }, null, 2)}\n`);
    process.stdout.write(`\n${report.table()}\n\n${((Date.now() - began) / 1000).toFixed(0)} s\n`);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    if (failed > 0) process.exitCode = 1;
  }
}

async function buildAgent(): Promise<string> {
  await run('npm', ['run', '--silent', 'build:agent'], { cwd: ROOT });
  return AGENT;
}

/** A scenario that ends before its time is a failed step; the next one is played all the same. */
async function play(name: string, report: Report, story: () => Promise<void>): Promise<void> {
  try {
    await story();
  } catch (error) {
    if (error instanceof Stop) return;
    await report
      .step(name, 'the rest', 'goes on', async () => {
        throw error;
      })
      .catch(() => {});
  }
}

main(program.parse().opts<Options>()).catch((error: Error) => {
  process.stderr.write(`✖ ${error.message}\n`);
  process.exitCode = 1;
});
