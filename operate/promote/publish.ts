import type { Base } from './base';
import { GitError } from './git';
import { alreadyProposed } from './proposals';
import { Refusal } from './refusal';

/** A branch that is to be made. */
export interface NewBranch {
  /** Migration and phase that it is about. */
  readonly id: string;
  readonly phase: string;
  readonly branch: string;
  readonly commit: string;
  /** Commit that the branch was at when it was looked at; undefined: there was none. Anything else is not replaced. */
  readonly before: string | undefined;
}

/**
 * Pushes a branch, unless somebody else has pushed it since it was looked at.
 *
 * @returns puts the branch back to what it was, unless somebody else has changed it since
 * @throws Refusal (`proposed`) where somebody else was faster
 * @throws GitError where the remote does not take it
 */
export async function pushBranch(base: Base, made: NewBranch): Promise<() => Promise<void>> {
  const { git, remote } = base;
  if (!remote) throw new Error('there is no remote to push to');
  const { branch, commit, before } = made;
  const ref = `refs/heads/${branch}`;
  const push = (lease: string, from: string) =>
    git.run(['push', '--porcelain', `--force-with-lease=${ref}:${lease}`, remote.name, `${from}:${ref}`]);
  let report: string;
  try {
    report = await push(before ?? '', commit);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const listed = await git.ask(['ls-remote', remote.name, ref]);
    const now = listed?.split('\t')[0] || undefined;
    if (listed === undefined || now === before) throw error;
    throw alreadyProposed(base, { ...made, onRemote: now ?? '' });
  }
  // Two runs of one author in one second make the same commit: to the slower one git says that nothing is to be done.
  if (report.split('\n').some((line) => line.startsWith('='))) {
    throw alreadyProposed(base, { ...made, onRemote: commit });
  }
  return async () => {
    await push(commit, before ?? '').catch((error: unknown) => {
      if (!(error instanceof GitError)) throw error; // the failure that led here counts, not this one
    });
  };
}

/**
 * Makes a branch in this repository, unless somebody else has made it since it was looked at.
 *
 * @throws Refusal (`proposed`) where somebody else was faster; (`stale`) where a person works on that branch
 */
export async function createBranch(base: Base, made: NewBranch): Promise<void> {
  const { git } = base;
  const { branch, commit, before } = made;
  const ref = `refs/heads/${branch}`;
  if (before !== undefined) {
    const worktrees = await git.run(['worktree', 'list', '--porcelain']);
    if (worktrees.split('\n').includes(`branch ${ref}`)) {
      throw new Refusal('stale', `the branch ${branch} is checked out`, `git switch ${base.branch}`);
    }
  }
  try {
    await git.run(['update-ref', '-m', 'meshferry: proposed', ref, commit, before ?? '']);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const now = await git.ask(['rev-parse', '--verify', '--quiet', ref]);
    if (now === before) throw error;
    throw alreadyProposed(base, made);
  }
}
