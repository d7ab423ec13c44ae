import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedMigration } from '../../config';
import { writeDeclaration } from '../../config/reading/links';
import { shellWord } from '../../text/shell';
import type { Describe, Evidence } from './evidence';
import {
  ForgeError,
  type ForgeName,
  findPullRequest,
  openPullRequest,
  type PullRequest,
  type PullRequestOptions,
} from './forge';
import { type MergedState, renderCheckout } from './merged-state';
import { commitMessage } from './message';
import { setPhase } from './phase-edit';
import { branchOf } from './proposals';
import { createBranch, pushBranch } from './publish';

/** A proposal that was made, or would be. */
export interface Proposal {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly branch: string;
  readonly commit: string;
  readonly files: readonly string[];
  readonly message: string;
  readonly title: string;
  readonly body: string;
  /** Address of the pull request, where one was opened. */
  readonly url?: string;
  /** Command that a person runs to push the branch, where nobody else does. */
  readonly push?: string;
}

/** How a proposal is made. */
export interface ProposeOptions extends PullRequestOptions {
  readonly describe: Describe;
  /** Shows everything and changes nothing. */
  readonly dryRun?: boolean;
  /** Opens the pull request; without one the branch is left here, to be pushed by hand. */
  readonly forge?: ForgeName;
}

/**
 * Changes the word, renders, commits on a branch of its own and opens a pull request. The branch is made last, so that
 * a failure leaves nothing behind.
 *
 * @throws Refusal (`proposed`) where another run has proposed the same meanwhile
 * @throws GitError, ForgeError with what they said
 */
export async function propose(
  state: MergedState,
  loaded: LoadedMigration,
  evidence: Evidence,
  { describe, dryRun = false, forge, ...asked }: ProposeOptions,
): Promise<Proposal> {
  const { base, tree } = state;
  const { id, from, to } = evidence;
  await tree.run([
    '-c',
    'core.hooksPath=/dev/null',
    'checkout',
    '--quiet',
    '--force',
    '--detach',
    base.commit,
  ]);
  const inWords = describe(join(state.folder, state.to));
  edit(state, loaded, to.name);
  renderCheckout(state);
  const { title, body } = inWords(evidence);
  const message = commitMessage(evidence);
  await tree.run([
    'add',
    '--all',
    '--',
    ...[state.from, state.to].map((folder) => join(base.prefix, folder)),
  ]);
  const files = (await tree.run(['diff', '--cached', '--name-only'])).split('\n');
  await tree.run(['commit', '--quiet', '--file=-'], message);
  const commit = await tree.run(['rev-parse', 'HEAD']);
  const branch = branchOf(id, to.name);
  const proposal = { id, from: from.name, to: to.name, branch, commit, files, message, title, body };
  const wanted = { id, phase: to.name, branch, commit };
  const known = state.branches.find((one) => one.branch === branch);
  if (base.remote && forge) {
    if (dryRun) return proposal;
    const undo = await pushBranch(base, { ...wanted, before: known?.onRemote });
    const request = { ...asked, branch, base: base.branch, title, body };
    return { ...proposal, url: await openOrUndo(forge, base.git.folder, request, undo) };
  }
  if (!dryRun) await createBranch(base, { ...wanted, before: known?.here });
  return { ...proposal, push: `git push ${shellWord(base.remote?.name ?? 'origin')} ${shellWord(branch)}` };
}

function edit(state: MergedState, { file }: LoadedMigration, phase: string): void {
  const path = join(state.folder, file);
  writeDeclaration(path, setPhase(readFileSync(path, 'utf8'), phase));
}

/** A branch that nobody was asked to review would look like an open proposal from then on. */
async function openOrUndo(
  forge: ForgeName,
  folder: string,
  request: PullRequest,
  undo: () => Promise<void>,
): Promise<string> {
  try {
    return await openPullRequest(forge, folder, request);
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    // The answer may have been lost on its way: then there is a pull request, and its branch stays.
    const url = await findPullRequest(forge, folder, request.branch);
    if (url !== undefined) return url;
    await undo();
    throw error;
  }
}
