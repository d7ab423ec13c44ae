import { pathToFileURL } from 'node:url';
import { Command, Option } from 'commander';
import { colour } from '../../operate/report/colour';
import { diagnosis } from '../e2e/diagnosis';
import { Lab } from '../e2e/lab';
import { ensureSystem } from '../e2e/system';
import { LOADS } from '../e2e/walk';
import { elapsed } from '../lab/progress';
import { Narrator, untilEnter } from './narrator';
import { PAGE, STOPS, type Stop, tell } from './story';
import { SYNCS, type SyncName, systemOf } from './sync';
import { Traffic } from './traffic';
import { Walk } from './walk';

interface Options {
  readonly lab: string;
  readonly until: Stop;
  readonly sync: SyncName;
  readonly pause?: boolean;
  readonly keep?: boolean;
}

const program = new Command('walk')
  .description(
    'Plays the walk-through: a VM joins the mesh, takes half of the traffic, hands it to pods and is deleted.',
  )
  .option('--lab <name>', 'lab to play on; it is brought up where it does not run', 'meshferry')
  .addOption(
    new Option('--until <phase>', 'stop there and leave everything up, for you to go on')
      .choices(STOPS)
      .default('done'),
  )
  .addOption(
    new Option('--sync <what>', 'what brings merged commits into the cluster')
      .choices(SYNCS)
      .default('apply'),
  )
  .option('--pause', 'wait for Enter after each step')
  .option('--keep', 'leave the lab up; one that ran before is left up anyway')
  .addHelpText(
    'after',
    `
It prints each command before it runs it, and what to look at. A load runs from the first change to the last; the walk
ends with what was declared and measured in each phase, and with the number of requests that failed.

Exit codes: 0 no request failed and each split was as declared, 1 not, 130 and 143 interrupted.

Examples:
  $ npm run walk
  $ npm run walk -- --pause
  $ npm run walk -- --until onboard     the VM is in the mesh, the rest is yours
  $ npm run walk -- --sync flux`,
  );

async function main({ lab: name, until, sync, pause, keep }: Options): Promise<void> {
  const began = Date.now();
  ensureSystem(systemOf(sync));
  const lab = await Lab.up(name);
  await lab.serveAgent();
  const traffic = new Traffic(lab, LOADS.http.url, LOADS.http.rate);
  const walk = Walk.begin(lab, traffic, sync);
  const staysUp = () => until !== 'done' && process.exitCode === undefined;
  const leave = async () => {
    await traffic.stop();
    if (staysUp()) return;
    await walk.end();
    if (!keep && !lab.wasUp) await lab.down();
  };
  const interrupt = (code: number) => () => {
    process.exitCode = code;
    void leave().finally(() => process.exit(code));
  };
  process.once('SIGINT', interrupt(130));
  process.once('SIGTERM', interrupt(143));
  const waits = async () => {
    await traffic.stop();
    await untilEnter();
    traffic.start();
  };
  const env = { ...lab.environment, GIT_PAGER: 'cat' };
  const narrator = new Narrator(walk.project.folder, env, pause ? waits : undefined);
  try {
    await tell(narrator, walk, traffic, until);
  } catch (error) {
    process.exitCode = 1;
    process.stdout.write(`\n${await diagnosis(lab)}`);
    process.stderr.write(`✖ ${(error as Error).message}\n`);
  } finally {
    await leave();
  }
  const { failed, reasons } = traffic.totals;
  if (failed > 0) process.exitCode = 1;
  process.stdout.write(`\n${colour.bold('What was measured')}\n\n${traffic.table()}\n`);
  for (const reason of reasons) process.stdout.write(`  ${reason}\n`);
  if (until === 'done' && process.exitCode === undefined)
    process.stdout.write(`\nThe page of the even split: ${pathToFileURL(PAGE).href}\n`);
  if (staysUp()) process.stdout.write(goOn(name, walk.project.folder));
  const sign = process.exitCode === undefined ? '✓' : '✖';
  process.stdout.write(`\n${sign} the walk took ${elapsed(began)}\n`);
}

function goOn(lab: string, folder: string): string {
  return `
The VM is in the mesh, and the rest is yours:
  eval "$(npm run -s lab:env -- --name ${lab})"
  cd ${folder}
  npx meshferry next analytics --forge none      # then merge the branch that it names, and
  kubectl apply -f dist/analytics/vm -f dist/analytics/workload -f dist/analytics/routing
  npx meshferry status
When you are done, \`npm run lab:down\` removes the lab with everything in it.
`;
}

main(program.parse().opts<Options>()).catch((error: Error) => {
  process.stderr.write(`✖ ${error.message}\n`);
  process.exitCode = 1;
});
