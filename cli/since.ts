import type { LoadedMigration } from '../config';
import type { Since } from '../operate/gate/since';
import { openRepository, type Repository } from '../operate/promote/base';
import { installedForge, mergeTime } from '../operate/promote/forge';
import { type MergeTime, NO_FORGE, sinceOf } from '../operate/promote/since';

/**
 * Since when the current phases are the current ones, as this checkout has them.
 *
 * @param options `askForge`: one call for each migration
 * @returns by file
 * @throws Refusal (`usage`) where there is no repository
 */
export async function readSince(
  migrations: readonly LoadedMigration[],
  options: { readonly askForge: boolean },
): Promise<ReadonlyMap<string, Since>> {
  const repository = await openRepository(process.cwd());
  const files = migrations.map(({ file }) => file);
  const asked = options.askForge ? await forgeOf(repository) : NO_FORGE;
  return sinceOf({ ...repository, commit: 'HEAD' }, files, asked);
}

/** The forge of `origin`, asked about merges into its default branch, or else into the branch that is checked out. */
async function forgeOf({ git }: Repository): Promise<MergeTime> {
  const url = await git.ask(['remote', 'get-url', 'origin']);
  const forge = url === undefined ? undefined : await installedForge(url);
  if (forge === undefined) return NO_FORGE;
  const named = await git.ask(['symbolic-ref', '--short', 'refs/remotes/origin/HEAD']);
  const branch = named?.replace(/^origin\//, '') ?? (await git.ask(['symbolic-ref', '--short', 'HEAD']));
  return branch === undefined ? NO_FORGE : (commit) => mergeTime(forge, git.folder, commit, branch);
}
