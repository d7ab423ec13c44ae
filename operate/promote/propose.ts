import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedMigration } from '../../config';
import { plan } from '../../plan/plan';
import type { Verdict } from '../gate/verdict';
import { type Evidence, pullRequestBody, pullRequestTitle } from '../report/pull-request';
import { readRendering } from '../report/rendering';
import { semanticDiff } from '../report/semantic-diff';
import { type ForgeName, openPullRequest } from './forge';
import { commitMessage } from './message';
import type { Move } from './move';
import { setPhase } from './phase-edit';
import { branchOf } from './proposals';
import type { Refusal } from './refusal';
import { render, type Session } from './session';

/** A move that is to be proposed, with what is known about it. */
export interface Plan {
  readonly loaded: LoadedMigration;
  readonly move: Move;
  readonly verdict?: Verdict;
  readonly soaked?: string;
  /** Refusals that were passed over, and why. */
  readonly despite?: { readonly refusals: readonly Refusal[]; readonly reason: string };
}

/** A proposal that was made, or would be. */
export interface Proposed {
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

/**
 * Changes the word, renders, commits on a branch of its own and opens a pull request. The branch comes to be when all
 * else has worked, so that a failure leaves nothing behind.
 *
 * @param forge opens the pull request; without one the branch is left here to be pushed by hand
 * @throws GitError, ForgeError with what they said
 */
export async function propose(
  session: Session,
  planned: Plan,
  { dryRun = false, forge }: { readonly dryRun?: boolean; readonly forge?: ForgeName } = {},
): Promise<Proposed> {
  const { base, tree } = session;
  const { loaded, move, despite } = planned;
  const id = loaded.id;
  await tree.run(['checkout', '--quiet', '--force', '--detach', base.commit]);
  const before = readRendering(join(session.folder, session.to));
  edit(session, loaded, move.to.name);
  render(session);
  const evidence = {
    ...evidenceOf(id, planned),
    diff: semanticDiff(before, readRendering(join(session.folder, session.to))),
  };
  const message = commitMessage(id, move, despite?.reason);
  await tree.run([
    'add',
    '--all',
    '--',
    ...[session.from, session.to].map((folder) => join(base.prefix, folder)),
  ]);
  const files = (await tree.run(['diff', '--cached', '--name-only'])).split('\n');
  await tree.run(['commit', '--quiet', '--file=-'], message);
  const commit = await tree.run(['rev-parse', 'HEAD']);
  const branch = branchOf(id, move.to.name);
  const title = pullRequestTitle(evidence);
  const body = pullRequestBody(evidence);
  const proposed = {
    id,
    from: move.from.name,
    to: move.to.name,
    branch,
    commit,
    files,
    message,
    title,
    body,
  };
  const { remote } = base;
  if (remote && forge) {
    if (dryRun) return proposed;
    const old = session.proposals.find((one) => one.branch === branch && one.remote)?.commit ?? '';
    // Over a branch that has served its time, and over nothing that came meanwhile.
    const lease = `--force-with-lease=refs/heads/${branch}:${old}`;
    await base.git.run(['push', '--quiet', lease, remote.name, `${commit}:refs/heads/${branch}`]);
    try {
      const request = { branch, base: base.branch, title, body };
      return { ...proposed, url: await openPullRequest(forge, base.git.folder, request) };
    } catch (error) {
      // A branch that nobody was asked to review would look like an open proposal from then on.
      await base.git.ask(['push', '--quiet', remote.name, '--delete', branch]);
      throw error;
    }
  }
  if (!dryRun) await base.git.run(['branch', '--no-track', '--force', branch, commit]);
  return { ...proposed, push: `git push ${remote?.name ?? 'origin'} ${branch}` };
}

function edit(session: Session, { file }: LoadedMigration, phase: string): void {
  const path = join(session.folder, file);
  writeFileSync(path, setPhase(readFileSync(path, 'utf8'), phase));
}

function evidenceOf(id: string, { loaded, move, verdict, soaked, despite }: Plan): Omit<Evidence, 'diff'> {
  const next = plan(loaded.migration)[move.number];
  return {
    id,
    ...move,
    ...(next && { next }),
    ...(verdict && { verdict }),
    ...(soaked && { soaked }),
    ...(despite && {
      despite: { reason: despite.reason, refusals: despite.refusals.map(({ what }) => what) },
    }),
  };
}
