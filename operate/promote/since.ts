import type { Since } from '../gate/since';
import { currentSince, type History } from './history';

/** When the forge merged a commit, by its own clock; undefined where no forge tells. */
export type MergeTime = (commit: string) => Promise<Date | undefined>;

/** A git without a forge: the dates of commits are all there is. */
export const NO_FORGE: MergeTime = async () => undefined;

/**
 * Since when the phase in each file is the current one: by the forge's clock where it tells, else by the date of the
 * commit that brought it.
 *
 * @param files of migrations, relative to the project
 * @returns by file; files that no commit holds are missing
 */
export async function sinceOf(
  history: History,
  files: readonly string[],
  mergeTime: MergeTime,
): Promise<ReadonlyMap<string, Since>> {
  const found = new Map<string, Since>();
  for (const [file, { commit, time }] of await currentSince(history, files)) {
    const byForge = await mergeTime(commit);
    found.set(file, byForge ? { time: byForge, by: 'forge' } : { time, by: 'commit' });
  }
  return found;
}
