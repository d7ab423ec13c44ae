import { type Base, PROPOSALS } from './base';
import { phaseIn } from './phase-edit';
import { Refusal } from './refusal';

/** A branch that proposes to move a migration. */
export interface Proposal {
  /** `prod/analytics`. */
  readonly id: string;
  /** Phase it moves to. */
  readonly phase: string;
  /** `meshferry/prod/analytics/shift-25`. */
  readonly branch: string;
  readonly commit: string;
  /** Whether it is on the remote, or here alone. */
  readonly remote: boolean;
}

/** The branch that proposes to move a migration to a phase. */
export function branchOf(id: string, phase: string): string {
  return `${PROPOSALS}/${id}/${phase}`;
}

/** Every branch of a proposal, on the remote and here, merged ones included. */
export async function listProposals({ git, remote }: Base): Promise<Proposal[]> {
  const roots = [
    `refs/heads/${PROPOSALS}/`,
    ...(remote ? [`refs/remotes/${remote.name}/${PROPOSALS}/`] : []),
  ];
  const listed = await git.run(['for-each-ref', '--format=%(objectname) %(refname)', ...roots]);
  const found = new Map<string, Proposal>();
  for (const line of listed.split('\n').filter(Boolean)) {
    const [commit = '', ref = ''] = line.split(' ');
    const root = roots.find((one) => ref.startsWith(one)) ?? '';
    const steps = ref.slice(root.length).split('/');
    const phase = steps.pop() ?? '';
    const id = steps.join('/');
    const branch = branchOf(id, phase);
    // The remote's counts, where both have it: what was pushed is what a reviewer sees.
    found.set(branch, { id, phase, branch, commit, remote: root !== roots[0] });
  }
  return [...found.values()];
}

/**
 * Whether a proposal still waits. Merged it does not, however it was merged: a squash leaves no trace of the branch,
 * but moves the phase on from what it was when the branch was made.
 *
 * @param file of the migration, relative to the project
 */
export async function isOpen(
  { git, commit, prefix }: Base,
  proposal: Proposal,
  file: string,
): Promise<boolean> {
  const fork = await git.ask(['merge-base', proposal.commit, commit]);
  if (fork === undefined || fork === proposal.commit) return false;
  const phaseAt = async (revision: string) => {
    const text = await git.ask(['show', `${revision}:${prefix}${file}`]);
    return text === undefined ? undefined : phaseIn(text);
  };
  const [then, now, proposed] = await Promise.all([fork, commit, proposal.commit].map(phaseAt));
  return then === now && proposed !== now;
}

/**
 * @param target `urgent`: a way back may stand beside another proposal: both change the same word, so that git lets one in only
 * @throws Refusal (`proposed`, `stale`) where an open proposal of this migration is in the way, or a leftover branch
 */
export async function refuseProposed(
  base: Base,
  all: readonly Proposal[],
  target: { readonly id: string; readonly phase: string; readonly file: string; readonly urgent: boolean },
): Promise<void> {
  const { id, phase, file, urgent } = target;
  for (const proposal of all.filter((one) => one.id === id)) {
    const same = proposal.phase === phase;
    if (!same && urgent) continue;
    const open = await isOpen(base, proposal, file);
    if (open) {
      throw new Refusal(
        'proposed',
        `moving ${id} to ${proposal.phase} is proposed already, on ${proposal.branch}`,
        `merge it, or give it up: ${removal(base, proposal)}`,
      );
    }
    // What is merged has served its time; a way back is not kept up by what it leaves behind.
    if (same && !urgent && !(await isMerged(base, proposal))) {
      throw new Refusal(
        'stale',
        `the branch ${proposal.branch} is left over from an earlier proposal`,
        removal(base, proposal),
      );
    }
  }
}

async function isMerged({ git, commit }: Base, proposal: Proposal): Promise<boolean> {
  return (await git.ask(['merge-base', '--is-ancestor', proposal.commit, commit])) !== undefined;
}

function removal({ remote }: Base, proposal: Proposal): string {
  return proposal.remote && remote
    ? `git push ${remote.name} --delete ${proposal.branch}`
    : `git branch -D ${proposal.branch}`;
}
