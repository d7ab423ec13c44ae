import type { Base } from './base';
import { PhaseEditError, phaseIn } from './phase-edit';

/** What of a {@link Base} the history is read by. */
export type History = Pick<Base, 'git' | 'commit' | 'prefix'>;

/** A commit of the branch that is synced, and the earliest time at which it can have got there. */
export interface Merged {
  readonly commit: string;
  readonly time: Date;
}

/**
 * When each migration's current phase was merged: the oldest of the commits, from the newest back, that leave the phase
 * as it is now. Merges count when they were merged, not when the branch was made.
 *
 * Whoever makes a commit sets its date. So a commit is never taken to be older than any before it on the branch, nor
 * younger than the present.
 *
 * @param files of migrations, relative to the project; however many, git is asked three times
 * @returns by file; files that no commit holds are missing
 */
export async function currentSince(
  history: History,
  files: readonly string[],
): Promise<ReadonlyMap<string, Merged>> {
  const { git, prefix } = history;
  const [versions, timeOf] = await Promise.all([versionsOf(history, files), times(history)]);
  const asked = files.flatMap(
    (file) => versions.get(file)?.map((commit) => `${commit}:${prefix}${file}`) ?? [],
  );
  const texts = (await git.blobs(asked)).values();
  const found = new Map<string, Merged>();
  for (const file of files) {
    let phase: string | undefined;
    let same = true;
    for (const commit of versions.get(file) ?? []) {
      const text = texts.next().value;
      const then = text === undefined ? undefined : phaseOf(text);
      phase ??= then;
      same &&= then !== undefined && then === phase;
      if (same) found.set(file, { commit, time: timeOf(commit) });
    }
  }
  return found;
}

/** A phase that was merged. */
export interface PastPhase extends Merged {
  readonly phase: string;
  /** First line of the commit's message. */
  readonly subject: string;
}

/** Every phase that a migration was in, the newest first: each with the commit that brought it. */
export async function phasesOf(history: History, file: string): Promise<PastPhase[]> {
  const { git, prefix } = history;
  const [versions, timeOf] = await Promise.all([versionsOf(history, [file]), times(history)]);
  const commits = versions.get(file) ?? [];
  const texts = await git.blobs(commits.map((commit) => `${commit}:${prefix}${file}`));
  const found: (Merged & { readonly phase: string })[] = [];
  for (const [index, commit] of commits.entries()) {
    const phase = phaseOf(texts[index] ?? '');
    if (phase === undefined) continue;
    // Of neighbours in one phase the oldest brought it.
    if (found.at(-1)?.phase === phase) found.pop();
    found.push({ commit, phase, time: timeOf(commit) });
  }
  return Promise.all(
    found.map(async (one) => ({
      ...one,
      subject: await git.run(['log', '-1', '--format=%s', one.commit]),
    })),
  );
}

/** The commits that touched each file, the newest first. */
async function versionsOf(
  { git, commit, prefix }: History,
  files: readonly string[],
): Promise<Map<string, string[]>> {
  const log = await git.run([
    ...['-c', 'core.quotePath=false', 'log', '--first-parent', '--diff-merges=first-parent', '--name-only'],
    // From the top: a path given to `git log` counts from the folder that it runs in.
    ...['--format=%x00%H', commit, '--', ...files.map((file) => `:(top,literal)${prefix}${file}`)],
  ]);
  const versions = new Map<string, string[]>();
  for (const entry of log.split('\0').filter(Boolean)) {
    const [revision = '', ...paths] = entry.split('\n').filter(Boolean);
    for (const path of paths) {
      const file = path.slice(prefix.length);
      versions.set(file, [...(versions.get(file) ?? []), revision]);
    }
  }
  return versions;
}

/** The time of each commit of the branch: the latest date of it and of all before it. */
async function times({ git, commit }: History): Promise<(commit: string) => Date> {
  const listed = await git.run(['rev-list', '--first-parent', '--timestamp', commit]);
  const now = Math.floor(Date.now() / 1000);
  const found = new Map<string, number>();
  let latest = 0;
  for (const line of listed.split('\n').reverse()) {
    const [seconds, one = ''] = line.split(' ');
    latest = Math.max(latest, Math.min(now, Number(seconds)));
    found.set(one, latest);
  }
  return (one) => new Date((found.get(one) ?? now) * 1000);
}

function phaseOf(text: string): string | undefined {
  try {
    return phaseIn(text);
  } catch (error) {
    if (error instanceof PhaseEditError) return undefined;
    throw error;
  }
}
