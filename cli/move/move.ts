import { Command, InvalidArgumentError, Option } from 'commander';
import type { LoadedMigration } from '../../config';
import { milliseconds } from '../../config/schema/duration';
import { said } from '../../operate/gate/check-text';
import { vmHealth } from '../../operate/gate/cluster';
import { judge } from '../../operate/gate/judge';
import { PrometheusError } from '../../operate/gate/prometheus';
import { verdictOf } from '../../operate/gate/verdict';
import { FORGES, type ForgeName, findForge } from '../../operate/promote/forge';
import type { Wish } from '../../operate/promote/move';
import { countOpen, type Lookout, promote } from '../../operate/promote/promote';
import type { Proposed } from '../../operate/promote/propose';
import { EXIT_CODES, Refusal } from '../../operate/promote/refusal';
import { type Session, withSession } from '../../operate/promote/session';
import { colour } from '../../operate/report/colour';
import { plan } from '../../plan/plan';
import { UsageError } from '../errors';
import { isFromOutside, reportRefusal } from '../refused';
import { select } from '../select';
import { type SourceOptions, Sources, withSources } from '../sources';

const CODES = `
Exit codes: 0 proposed, 1 git, a forge or Prometheus failed, 2 wrong usage; refused: 3 the gate says no, 4 not yet,
10 the plan has no such move, 11 uncommitted changes, 12 a stale checkout or branch, 13 proposed already, 14 the VM is no
endpoint, 15 the environment before, 16 frozen, 17 enough in flight, 18 dist/ is not what is rendered.`;

interface MoveOptions extends SourceOptions {
  readonly remote?: string;
  readonly base?: string;
  readonly forge?: ForgeName | 'none';
  readonly dryRun?: boolean;
  readonly despite?: string;
  readonly json?: boolean;
  readonly all?: boolean;
  readonly maxInFlight?: number;
  readonly whenGreen?: boolean;
}

/** `meshferry next`: one phase on. */
export function nextCommand(): Command {
  const help = `
Changes the one word in the migration's file, renders, commits on a branch of its own and opens a pull request by gh or
glab; without them it prints the command that pushes and the pull request's text. Your own tree is left alone.

With a Prometheus declared (mesh.yaml or --prometheus), what the gate does not let pass is refused.
${CODES}

Examples:
  $ meshferry next analytics                      propose the next phase
  $ meshferry next prod/analytics --dry-run       show what would be proposed
  $ meshferry next --all --max-in-flight 5        a fleet, at most five pull requests at a time
  $ meshferry next --all --when-green             as a scheduled job: whatever its gate lets pass
  $ meshferry next analytics --despite 'reason'   against a gate, for the record`;
  return moving('next', 'propose the next phase of migrations', help)
    .argument('[names...]', 'names of migrations, with their environment in front where it matters')
    .option('--all', 'every migration that has a next phase')
    .option('--max-in-flight <number>', 'open proposals that there may be at a time', positive)
    .option('--when-green', 'move only what a gate lets pass, and be content with the rest')
    .action((names: string[], options: MoveOptions) => run(names, { kind: 'next' }, options));
}

/** `meshferry back`: one phase back. */
export function backCommand(): Command {
  const help = `
As \`next\`, the other way. No gate is asked; what is looked at is the VM, where it would get more traffic.
${CODES}

Examples:
  $ meshferry back analytics`;
  return moving('back', 'propose the phase before', help)
    .argument('<names...>', 'names of migrations')
    .action((names: string[], options: MoveOptions) => run(names, { kind: 'back' }, options));
}

/** `meshferry goto`: to a phase by its name. */
export function gotoCommand(): Command {
  const help = `
Forward to the next phase only; back as far as nothing but weights changes.
${CODES}

Examples:
  $ meshferry goto shift-10 analytics             from shift-75 back to shift-10 at once`;
  return moving('goto', 'propose a phase by its name', help)
    .argument('<phase>', 'name of the phase')
    .argument('<names...>', 'names of migrations')
    .action((phase: string, names: string[], options: MoveOptions) =>
      run(names, { kind: 'goto', phase }, options),
    );
}

/** `meshferry abort`: everything back at once. */
export function abortCommand(): Command {
  const help = `
Everything goes back at once to the side that served before the migration: the VM, or the pods where pods served first.
It goes to the nearest phase behind that does so by a change of weights alone, so that one object changes: mostly
\`deploy\`. Another open proposal is not in the way.
${CODES}

Examples:
  $ meshferry abort analytics
  $ meshferry abort analytics --despite 'seen serving'   from where no cluster can be seen`;
  return moving('abort', 'propose to give everything back to the VM at once', help)
    .argument('<names...>', 'names of migrations')
    .action((names: string[], options: MoveOptions) => run(names, { kind: 'abort' }, options));
}

function moving(name: string, description: string, help: string): Command {
  const command = new Command(name)
    .description(description)
    .option('--dry-run', 'show everything, change nothing')
    .option('--despite <reason>', 'pass over a gate, the VM, the environment before or a freeze, and say why')
    .option('--base <branch>', "branch that is synced (default: the remote's default branch)")
    .option('--remote <name>', 'remote that holds what is merged (default: origin)')
    .addOption(
      new Option('--forge <program>', 'what opens the pull request (default: what fits the remote)').choices([
        ...FORGES,
        'none',
      ]),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText('after', help);
  return withSources(command);
}

/** What came of one migration: one of the three. */
interface Result {
  readonly id: string;
  readonly proposed?: Proposed;
  readonly refused?: Refusal;
  /** git, a forge or Prometheus failed; the next migration may have better luck. */
  readonly failed?: Error;
}

async function run(names: readonly string[], wish: Wish, options: MoveOptions): Promise<void> {
  if (wish.kind === 'next' && (names.length === 0) === !options.all) {
    throw new UsageError('✖ name migrations, or give --all');
  }
  try {
    const { remote, base } = options;
    const results = await withSession(
      { ...(remote && { remote }), ...(base && { branch: base }) },
      (session) => moveAll(session, names, wish, options),
    );
    if (options.json) process.stdout.write(`${JSON.stringify(results.map(toJson), null, 2)}\n`);
    else for (const result of results) print(result, options);
    process.exitCode = exitCode(results, options);
  } catch (error) {
    process.exitCode = reportRefusal(error);
  }
}

async function moveAll(
  session: Session,
  names: readonly string[],
  wish: Wish,
  options: MoveOptions,
): Promise<Result[]> {
  const chosen = options.all ? session.migrations.filter(hasNext) : select(session.migrations, names);
  const sources = new Sources(options, session.migrations);
  const forge = await forgeOf(session, options);
  let open = options.maxInFlight === undefined ? 0 : await countOpen(session);
  const results: Result[] = [];
  for (const loaded of chosen) {
    const id = loaded.id;
    try {
      if (options.maxInFlight !== undefined && open >= options.maxInFlight)
        throw enough(open, options.maxInFlight);
      const { dryRun, despite } = options;
      const proposed = await promote(session, loaded, wish, lookout(sources, options), {
        ...(dryRun && { dryRun }),
        ...(despite !== undefined && { despite }),
        ...(forge && { forge }),
      });
      results.push({ id, proposed });
      open++;
    } catch (error) {
      if (error instanceof Refusal) results.push({ id, refused: error });
      else if (isFromOutside(error)) results.push({ id, failed: error });
      else throw error;
    }
  }
  return results;
}

/** What `promote` asks of the outside. */
function lookout(sources: Sources, options: MoveOptions): Lookout {
  return {
    vm: async (loaded) => vmHealth(await sources.cluster(), loaded),
    gate: async (loaded, since) => {
      const prometheus = sources.prometheus(loaded);
      if (!prometheus && !options.whenGreen) return undefined;
      const known = { cluster: await sources.cluster(), ...(since && { since }) };
      const ask = (asked: object) => judge(loaded, { ...known, ...asked });
      try {
        return await ask({ ...(prometheus && { prometheus }) });
      } catch (error) {
        if (!(error instanceof PrometheusError) || options.despite === undefined) throw error;
        // A person takes its place, and the request says so.
        const { id, phase, checks } = await ask({});
        const away = said('Prometheus', 'wait', error.message.replace(/^✖ /, ''), 'an answer');
        return verdictOf(id, phase, [away, ...checks]);
      }
    },
    soak: ({ migration }) => milliseconds(migration.gate.soak),
    before: ({ mesh }) => mesh.after,
  };
}

async function forgeOf({ base }: Session, { forge }: MoveOptions): Promise<ForgeName | undefined> {
  if (forge === 'none' || !base.remote) return undefined;
  return findForge(base.remote.url, forge);
}

function hasNext({ migration }: LoadedMigration): boolean {
  return plan(migration).at(-1)?.name !== migration.phase;
}

function enough(open: number, most: number): Refusal {
  return new Refusal('inFlight', `${open} proposals are open, and ${most} is the most`, 'merge some first');
}

/** With --all or --when-green some always wait: that is no failure, but a gate that says no is one. */
function exitCode(results: readonly Result[], { all, whenGreen }: MoveOptions): number {
  if (results.some(({ failed }) => failed)) return EXIT_CODES.failed;
  const codes = results.flatMap(({ refused }) => refused?.exitCode ?? []);
  if (!all && !whenGreen) return codes[0] ?? 0;
  return codes.includes(EXIT_CODES.halt) ? EXIT_CODES.halt : 0;
}

function toJson({ id, proposed, refused, failed }: Result) {
  if (failed) return { id, failed: failed.message };
  return refused
    ? { id, refused: { reason: refused.reason, what: refused.what, wayOut: refused.wayOut } }
    : { ...proposed };
}

function print({ id, proposed, refused, failed }: Result, { dryRun }: MoveOptions): void {
  const why = refused ?? failed;
  if (why) {
    process.stderr.write(`${colour.bold(id)}\n${why.message}\n`);
    return;
  }
  if (!proposed) return;
  const { from, to, branch, url, push, title, body, files, message } = proposed;
  const step = `${colour.bold(id)}: ${from} → ${to}`;
  if (url) return void process.stdout.write(`${colour.green('✔')} ${step}: ${url}\n`);
  const head = dryRun
    ? `· ${step} would be proposed on ${branch}`
    : `${colour.green('✔')} ${step}: committed on ${branch}`;
  const what = [`Files:\n${files.map((file) => `  ${file}`).join('\n')}`, `Commit:\n${indent(message)}`];
  process.stdout.write(
    [
      head,
      ...(dryRun ? what : []),
      ...(push ? [`Push it:\n  ${push}`] : []),
      `Pull request: ${title}\n\n${body}`,
      '',
    ].join('\n'),
  );
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^(?=.)/gm, '  ');
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return number;
}
