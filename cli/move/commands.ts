import type { Command } from 'commander';
import { type MergedState, withMergedState } from '../../operate/promote/merged-state';
import type { MoveRequest } from '../../operate/promote/move';
import { UsageError } from '../errors';
import { positive } from '../numbers';
import { enterProject } from '../project';
import { type Chosen, chooseAll, chooseGoto, chooseNamed } from './choose';
import { moveAll } from './move-all';
import { type MoveOptions, moveCommand } from './options';
import { exitCodeOf, jsonOf, print } from './print';

const CODES = `
Exit codes: 0 proposed, 1 git, a forge or Prometheus failed, 2 wrong usage; refused: 3 the gate says no, 4 not yet,
10 the plan has no such move, 11 uncommitted changes, 12 a stale checkout or branch, 13 proposed already, 14 the VM is no
endpoint, 15 the environment before, 16 frozen, 17 enough in flight, 18 dist/ is not what is rendered.`;

/** `meshferry next`: one phase on. */
export function nextCommand(): Command {
  const help = `
Changes the phase in the migration's file, renders, commits on a branch of its own and opens a pull request by gh or
glab. Where neither is installed, it prints the command that pushes the branch and the text for the pull request. Your
own checkout is left alone.

With a Prometheus declared (mesh.yaml or --prometheus), \`next\` refuses what the gate does not let pass. Without one, it
refuses a phase that has not been current for \`gate.soak\`.
${CODES}

Examples:
  $ meshferry next analytics                      propose the next phase
  $ meshferry next prod/analytics --dry-run       show what would be proposed
  $ meshferry next analytics --reviewer octo-org/shop --label rollout
  $ meshferry next --all --max-in-flight 5        a fleet, at most five pull requests at a time
  $ meshferry next --all --when-green             as a scheduled job: whatever its gate lets pass
  $ meshferry next analytics --despite 'reason'   against a gate, for the record`;
  return moveCommand('next', 'propose the next phase of migrations', help)
    .argument('[names...]', 'names of migrations, with their environment in front where it matters')
    .option('--all', 'every migration that has a next phase')
    .option('--max-in-flight <number>', 'open proposals that there may be at a time', positive)
    .option('--when-green', 'move only what a gate lets pass, and be content with the rest')
    .action((names: string[], options: MoveOptions) => {
      if ((names.length === 0) === !options.all) throw new UsageError('✖ name migrations, or give --all');
      const request: MoveRequest = { kind: 'next' };
      return run(options, (state) => (options.all ? chooseAll(state) : chooseNamed(state, names, request)));
    });
}

/** `meshferry back`: one phase back. */
export function backCommand(): Command {
  const help = `
As \`next\`, the other way. No gate is asked. Where the VM would get more traffic, \`back\` looks whether it serves.
${CODES}

Examples:
  $ meshferry back analytics`;
  return moveCommand('back', 'propose the phase before', help)
    .argument('<names...>', 'names of migrations')
    .action((names: string[], options: MoveOptions) =>
      run(options, (state) => chooseNamed(state, names, { kind: 'back' })),
    );
}

/** `meshferry goto`: to a phase by its name. */
export function gotoCommand(): Command {
  const help = `
Forward to the next phase only; back as far as nothing but weights changes.
${CODES}

Examples:
  $ meshferry goto analytics shift-10             from shift-75 back to shift-10 at once
  $ meshferry goto shift-10 analytics             the same`;
  return moveCommand('goto', 'propose a phase by its name', help)
    .argument('<words...>', 'names of migrations, and the phase before or after them')
    .action((words: string[], options: MoveOptions) => run(options, (state) => chooseGoto(state, words)));
}

/** `meshferry abort`: everything back at once. */
export function abortCommand(): Command {
  const help = `
Gives everything back at once to the side that served before the migration: the VM, or the pods where pods served
first. The migration goes back to the nearest phase that does so by a change of weights alone, mostly \`deploy\`, so that
a single object changes. Another open proposal is not in the way.
${CODES}

Examples:
  $ meshferry abort analytics
  $ meshferry abort analytics --despite 'seen serving'   from where no cluster can be seen`;
  return moveCommand('abort', 'propose to give everything back to the VM at once', help)
    .argument('<names...>', 'names of migrations')
    .action((names: string[], options: MoveOptions) =>
      run(options, (state) => chooseNamed(state, names, { kind: 'abort' })),
    );
}

async function run(options: MoveOptions, choose: (state: MergedState) => readonly Chosen[]): Promise<void> {
  enterProject();
  const { remote, base } = options;
  const project = { ...(remote && { remote }), ...(base && { branch: base }) };
  const { results, hint } = await withMergedState(project, (state) => moveAll(state, choose(state), options));
  if (options.json) process.stdout.write(`${JSON.stringify(results.map(jsonOf), null, 2)}\n`);
  else for (const result of results) print(result, options, hint);
  process.exitCode = exitCodeOf(results, options);
}
