import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LoadedMigration } from '../../config';
import { leavesRepository } from '../../config/reading/links';
import { positionOf } from '../../plan/position';
import type { VmHealth } from '../gate/cluster';
import { type Verdict, verdictLines } from '../gate/verdict';
import type { Move } from './move';
import { Refusal } from './refusal';

const FREEZE = 'FREEZE';

/** Refuses to move forward while a FREEZE file is in the migration's folder or one above. Going back stays possible. */
export function frozen(move: Move, { file }: LoadedMigration, from: string): Refusal | undefined {
  if (!move.forward) return undefined;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, FREEZE);
    if (existsSync(path)) {
      // Through a link, a file of this computer could be shown in a pull request.
      const reason = leavesRepository(path) ? '' : readFileSync(path, 'utf8').trim().split('\n')[0];
      return new Refusal(
        'frozen',
        `${path} stops all moves${reason ? `: ${reason}` : ''}`,
        `remove ${path} when it is over`,
      );
    }
    if (folder === from || folder === dirname(folder)) return undefined;
  }
}

/** Refuses to send more to a VM that is no endpoint, or that nobody can see. */
export function vmServes(id: string, { from, to }: Move, health: VmHealth): Refusal | undefined {
  if (to.share.vm <= from.share.vm || health.is === 'serving') return undefined;
  // As far as git knows, the VM serves now. An emergency must not wait for a kubeconfig.
  if (health.is === 'unseen' && from.share.vm > 0) return undefined;
  const more = `${to.name} sends ${to.share.vm} % to the VM of ${id}`;
  return health.is === 'absent'
    ? new Refusal(
        'vm',
        `${more}, which no client has as an endpoint: ${health.detail}`,
        'start the service and the agent on the VM, and wait until `meshferry status` shows it as serving',
      )
    : new Refusal(
        'vm',
        `${more}, and nobody can see whether it is an endpoint: ${health.detail}`,
        `run this where kubectl reaches the cluster, or say how you know: --despite 'seen in …'`,
      );
}

/** Refuses what a gate does not let pass. */
export function gateOpen(move: Move, verdict: Verdict | undefined): Refusal | undefined {
  if (!move.forward || !verdict || verdict.outcome === 'go') return undefined;
  const lines = verdictLines(verdict);
  return verdict.outcome === 'halt'
    ? new Refusal('halt', lines.join('\n  '), 'mend it, or take the migration back: meshferry back')
    : new Refusal('notYet', lines.join('\n  '), 'try again later; `meshferry gate -w` waits');
}

/** The same migration in the environment that goes first. */
export interface EnvironmentBefore {
  readonly loaded: LoadedMigration;
  /** Whether its phase has been current long enough. */
  readonly soaked: boolean;
  /** How long it has been, and has to be: `30 min of 60 min, by the forge`. */
  readonly wait: string;
}

/** Refuses to take an environment past what the one before it has soaked. */
export function environmentBefore(
  id: string,
  { to, forward }: Move,
  first: EnvironmentBefore | undefined,
): Refusal | undefined {
  if (!forward || !first) return undefined;
  const { phases, index: at, phase: current } = positionOf(first.loaded.migration);
  const same = phases.findIndex(({ name }) => name === to.name);
  // If the two plans have different steps, the share of the pods is compared.
  const behind = same === -1 ? current.share.kubernetes < to.share.kubernetes : at < same;
  if (behind) {
    return new Refusal(
      'environment',
      `${first.loaded.id} is at ${current.name}: ${id} may not go to ${to.name} before it`,
      `meshferry next ${first.loaded.id}`,
    );
  }
  const there = same === -1 ? current.share.kubernetes === to.share.kubernetes : at === same;
  if (there && !first.soaked) {
    return new Refusal(
      'environment',
      `${first.loaded.id} has not soaked at ${current.name} yet: ${first.wait}`,
      'try again later',
    );
  }
  return undefined;
}
