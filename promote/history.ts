import type { Base } from './base';
import { PhaseEditError, phaseIn } from './phase-edit';

/**
 * When a migration's current phase was merged: the oldest of the commits, from the newest back, that leave the phase
 * as it is now. Merges count when they were merged, not when the branch was made.
 *
 * @param file of the migration, relative to the project
 * @returns undefined where history does not reach back to any commit of the file
 */
export async function currentSince({ git, commit, prefix }: Base, file: string): Promise<Date | undefined> {
  const path = `${prefix}${file}`;
  // From the top: a path given to `git log` counts from the folder that it runs in.
  const log = await git.run([
    'log',
    '--first-parent',
    '--format=%H %ct',
    commit,
    '--',
    `:(top,literal)${path}`,
  ]);
  let phase: string | undefined;
  let since: Date | undefined;
  for (const line of log.split('\n').filter(Boolean)) {
    const [revision, seconds] = line.split(' ');
    const text = await git.ask(['show', `${revision}:${path}`]);
    const then = text === undefined ? undefined : phaseOf(text);
    phase ??= then;
    if (then === undefined || then !== phase) break;
    since = new Date(Number(seconds) * 1000);
  }
  return since;
}

function phaseOf(text: string): string | undefined {
  try {
    return phaseIn(text);
  } catch (error) {
    if (error instanceof PhaseEditError) return undefined;
    throw error;
  }
}
