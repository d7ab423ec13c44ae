import { shellWord } from '../../text/shell';
import { type Base, PROPOSALS } from './base';
import { phaseIn } from './phase-edit';
import { Refusal } from './refusal';

/** A branch that proposes to move a migration. */
export interface ProposalBranch {
  /** `prod/analytics`. */
  readonly id: string;
  /** Phase it moves to. */
  readonly phase: string;
  /** `meshferry/prod/analytics/shift-25`. */
  readonly branch: string;
  /** Its commit: on the remote, where it is there, since that is what a reviewer sees. */
  readonly commit: string;
  /** Its commit on the remote; absent: it is not there. */
  readonly onRemote?: string;
  /** Its commit in this repository; absent: it is not there. */
  readonly here?: string;
}

/** The branch that proposes to move a migration to a phase. */
export function branchOf(id: string, phase: string): string {
  return `${PROPOSALS}/${id}/${phase}`;
}

/** Every branch of a proposal, on the remote and here, merged ones included. */
export async function listProposalBranches({ git, remote }: Base): Promise<ProposalBranch[]> {
  const here = `refs/heads/${PROPOSALS}/`;
  const roots = [here, ...(remote ? [`refs/remotes/${remote.name}/${PROPOSALS}/`] : [])];
  const listed = await git.run(['for-each-ref', '--format=%(objectname) %(refname)', ...roots]);
  const found = new Map<string, ProposalBranch>();
  for (const line of listed.split('\n').filter(Boolean)) {
    const [commit = '', ref = ''] = line.split(' ');
    const root = roots.find((one) => ref.startsWith(one)) ?? '';
    const steps = ref.slice(root.length).split('/');
    const phase = steps.pop() ?? '';
    const id = steps.join('/');
    const branch = branchOf(id, phase);
    const where = root === here ? { here: commit } : { onRemote: commit };
    // Those of the remote are listed last.
    found.set(branch, { ...found.get(branch), id, phase, branch, commit, ...where });
  }
  return [...found.values()];
}

/**
 * Whether a proposal still waits to be merged. A squash leaves no trace of the branch in the history; that it was merged
 * shows in the phase, which is no longer what it was when the branch was made.
 *
 * @param file of the migration, relative to the project
 */
export async function isOpen(
  { git, commit, prefix }: Base,
  branch: ProposalBranch,
  file: string,
): Promise<boolean> {
  const fork = await git.ask(['merge-base', branch.commit, commit]);
  if (fork === undefined || fork === branch.commit) return false;
  const phaseAt = async (revision: string) => {
    const text = await git.ask(['show', `${revision}:${prefix}${file}`]);
    return text === undefined ? undefined : phaseIn(text);
  };
  const [then, now, proposed] = await Promise.all([fork, commit, branch.commit].map(phaseAt));
  return then === now && proposed !== now;
}

/**
 * Refuses where a branch of this migration is in the way.
 *
 * @param target `urgent`: a way back may stand beside another proposal: both change the same word, so that git lets one
 *   in only
 * @throws Refusal (`proposed`) for an open proposal, (`stale`) for a leftover branch
 */
export async function refuseProposed(
  base: Base,
  all: readonly ProposalBranch[],
  target: { readonly id: string; readonly phase: string; readonly file: string; readonly urgent: boolean },
): Promise<void> {
  const { id, phase, file, urgent } = target;
  for (const branch of all.filter((one) => one.id === id)) {
    const same = branch.phase === phase;
    if (!same && urgent) continue;
    if (await isOpen(base, branch, file)) throw alreadyProposed(base, branch);
    // What is merged has served its time; a way back does not wait until someone removes what is left over.
    if (same && !urgent && !(await isMerged(base, branch))) {
      throw new Refusal(
        'stale',
        `the branch ${branch.branch} is left over from an earlier proposal`,
        removal(base, branch),
      );
    }
  }
}

/** The refusal for a move that waits to be merged. */
export function alreadyProposed(
  base: Base,
  proposal: Pick<ProposalBranch, 'id' | 'phase' | 'branch' | 'onRemote'>,
): Refusal {
  const { id, phase, branch } = proposal;
  return new Refusal(
    'proposed',
    `moving ${id} to ${phase} is proposed already, on ${branch}`,
    `merge it, or give it up: ${removal(base, proposal)}`,
  );
}

async function isMerged({ git, commit }: Base, branch: ProposalBranch): Promise<boolean> {
  return (await git.ask(['merge-base', '--is-ancestor', branch.commit, commit])) !== undefined;
}

function removal(
  { remote }: Base,
  { branch, onRemote }: Pick<ProposalBranch, 'branch' | 'onRemote'>,
): string {
  return onRemote !== undefined && remote
    ? `git push ${shellWord(remote.name)} --delete ${shellWord(branch)}`
    : `git branch -D ${shellWord(branch)}`;
}
