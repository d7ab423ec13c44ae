import { Command } from 'commander';
import { loadMigrations } from '../../config';
import { judge } from '../../operate/gate/judge';
import { type Verdict, verdictLines } from '../../operate/gate/verdict';
import { openRepository } from '../../operate/promote/base';
import { currentSince } from '../../operate/promote/history';
import { EXIT_CODES } from '../../operate/promote/refusal';
import { colour } from '../../operate/report/colour';
import { reportRefusal } from '../refused';
import { select } from '../select';
import { type SourceOptions, Sources, withSources } from '../sources';

const HELP = `
GO, HALT or WAIT for the current phase of each migration, with what was found, the bound, and the query to repeat it.
Empty or too little data is WAIT, never GO. What is asked is declared in the migration's \`gate\`.

Exit codes: 0 all may move on, 1 Prometheus or git failed, 2 wrong usage, 3 one may not, 4 one may not yet.

Examples:
  $ meshferry gate analytics --prometheus http://localhost:9090
  $ meshferry gate analytics -w          wait until it says GO or HALT
  $ meshferry gate --json                every migration, for other programs`;

const POLL_MS = 15_000;

interface Options extends SourceOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** `meshferry gate`: may migrations move on? */
export function gateCommand(): Command {
  const command = new Command('gate')
    .description('say whether migrations may move on, and why')
    .argument('[names...]', 'names of migrations, with their environment in front where it matters')
    .option('-w, --watch', 'ask again until no answer is WAIT')
    .option('--json', 'print the verdicts as JSON')
    .addHelpText('after', HELP);
  return withSources(command).action(async (names: string[], options: Options) => {
    try {
      let verdicts = await ask(names, options);
      while (options.watch && verdicts.some(({ outcome }) => outcome === 'wait')) {
        process.stderr.write(
          `${verdicts.flatMap((verdict) => verdictLines(verdict, { queries: false })).join('\n')}\n`,
        );
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        verdicts = await ask(names, options);
      }
      process.stdout.write(
        options.json ? `${JSON.stringify(verdicts, null, 2)}\n` : verdicts.map(format).join(''),
      );
      const has = (outcome: Verdict['outcome']) => verdicts.some((verdict) => verdict.outcome === outcome);
      process.exitCode = has('halt') ? EXIT_CODES.halt : has('wait') ? EXIT_CODES.notYet : 0;
    } catch (error) {
      process.exitCode = reportRefusal(error);
    }
  });
}

async function ask(names: readonly string[], options: Options): Promise<Verdict[]> {
  const all = loadMigrations('migrations');
  const chosen = select(all, names);
  const sources = new Sources(options, chosen);
  const verdicts: Verdict[] = [];
  const merged = await currentSince(
    { ...(await openRepository(process.cwd())), commit: 'HEAD' },
    chosen.map(({ file }) => file),
  );
  for (const loaded of chosen) {
    const since = merged.get(loaded.file);
    const prometheus = sources.prometheus(loaded);
    const cluster = await sources.cluster();
    verdicts.push(
      await judge(loaded, {
        cluster,
        ...(prometheus && { prometheus }),
        ...(since && { since }),
      }),
    );
  }
  return verdicts;
}

function format(verdict: Verdict): string {
  const color = { go: colour.green, halt: colour.red, wait: colour.yellow }[verdict.outcome];
  const [first = '', ...rest] = verdictLines(verdict);
  return `${colour.bold(verdict.id)}\n${[color(first), ...rest].map((line) => `  ${line}`).join('\n')}\n`;
}
