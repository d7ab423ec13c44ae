import type { Base } from './base';
import { PhaseEditError, phaseIn } from './phase-edit';

/** What of a {@link Base} the history is read by. */
export type History = Pick<Base, 'git' | 'commit' | 'prefix'>;

interface Version {
  readonly revision: string;
  readonly time: Date;
}

/**
 * When each migration's current phase was merged: the oldest of the commits, from the newest back, that leave the phase
 * as it is now. Merges count when they were merged, not when the branch was made.
 *
 * @param files of migrations, relative to the project; however many, git is asked twice
 * @returns by file; files that no commit holds are missing
 */
export async function currentSince(
  history: History,
  files: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  const { git, prefix } = history;
  const versions = await versionsOf(history, files);
  const asked = files.flatMap(
    (file) => versions.get(file)?.map(({ revision }) => `${revision}:${prefix}${file}`) ?? [],
  );
  const texts = (await git.blobs(asked)).values();
  const found = new Map<string, Date>();
  for (const file of files) {
    let phase: string | undefined;
    let same = true;
    for (const { time } of versions.get(file) ?? []) {
      const text = texts.next().value;
      const then = text === undefined ? undefined : phaseOf(text);
      phase ??= then;
      same &&= then !== undefined && then === phase;
      if (same) found.set(file, time);
    }
  }
  return found;
}

/** The commits that touched each file, the newest first. */
async function versionsOf(
  { git, commit, prefix }: History,
  files: readonly string[],
): Promise<Map<string, Version[]>> {
  const log = await git.run([
    ...['-c', 'core.quotePath=false', 'log', '--first-parent', '--diff-merges=first-parent', '--name-only'],
    // From the top: a path given to `git log` counts from the folder that it runs in.
    ...['--format=%x00%H %ct', commit, '--', ...files.map((file) => `:(top,literal)${prefix}${file}`)],
  ]);
  const versions = new Map<string, Version[]>();
  for (const entry of log.split('\0').filter(Boolean)) {
    const [head = '', ...paths] = entry.split('\n').filter(Boolean);
    const [revision = '', seconds] = head.split(' ');
    for (const path of paths) {
      const file = path.slice(prefix.length);
      const version = { revision, time: new Date(Number(seconds) * 1000) };
      versions.set(file, [...(versions.get(file) ?? []), version]);
    }
  }
  return versions;
}

function phaseOf(text: string): string | undefined {
  try {
    return phaseIn(text);
  } catch (error) {
    if (error instanceof PhaseEditError) return undefined;
    throw error;
  }
}
