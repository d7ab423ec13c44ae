import { Command } from 'commander';
import { loadMigrations } from '../../config';
import { judge } from '../../operate/gate/judge';
import { type Verdict, verdictLines } from '../../operate/gate/verdict';
import { EXIT_CODES } from '../../operate/promote/refusal';
import { colour } from '../../operate/report/colour';
import { printable, printableLines } from '../../text/printable';
import { enterProject } from '../project';
import { select } from '../select';
import { readSince } from '../since';
import { type SourceOptions, SourceReader, withSources } from '../sources';

const HELP = `
Prints GO, HALT or WAIT for the current phase of each migration, with what was found, the bound, and the query to repeat
it. Missing or too little data means WAIT, never GO. The migration's \`gate\` declares what is asked.

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
    enterProject();
    let verdicts = await judgeAll(names, options);
    while (options.watch && verdicts.some(({ outcome }) => outcome === 'wait')) {
      const lines = verdicts.flatMap((verdict) => verdictLines(verdict, { queries: false }));
      process.stderr.write(`${printableLines(lines.join('\n'))}\n`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      verdicts = await judgeAll(names, options);
    }
    process.stdout.write(
      options.json ? `${JSON.stringify(verdicts, null, 2)}\n` : verdicts.map(format).join(''),
    );
    const has = (outcome: Verdict['outcome']) => verdicts.some((verdict) => verdict.outcome === outcome);
    process.exitCode = has('halt') ? EXIT_CODES.halt : has('wait') ? EXIT_CODES.notYet : 0;
  });
}

async function judgeAll(names: readonly string[], options: Options): Promise<Verdict[]> {
  const chosen = select(loadMigrations('migrations'), names);
  const reader = new SourceReader(options, chosen);
  const since = await readSince(chosen, { askForge: true });
  const verdicts: Verdict[] = [];
  for (const loaded of chosen) {
    verdicts.push(await judge(loaded, await reader.sourcesOf(loaded, since.get(loaded.file))));
  }
  return verdicts;
}

function format(verdict: Verdict): string {
  const color = { go: colour.green, halt: colour.red, wait: colour.yellow }[verdict.outcome];
  const [first = '', ...rest] = verdictLines(verdict).map(printable);
  return `${colour.bold(verdict.id)}\n${[color(first), ...rest].map((line) => `  ${line}`).join('\n')}\n`;
}
