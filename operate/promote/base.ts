import { Git } from './git';
import { Refusal } from './refusal';

/** Where the branch is that proposals are made against. */
export interface BaseOptions {
  /** Remote that holds what is merged. @default 'origin' */
  readonly remote?: string;
  /** Branch that is synced. @default the remote's default branch; without a remote, the current branch */
  readonly branch?: string;
}

/** A repository, seen from the folder that holds `migrations/` and `dist/`. */
export interface Repository {
  readonly git: Git;
  /** Path from the top of the repository to the project: '' or `infra/mesh/`. */
  readonly prefix: string;
}

/** A repository, and what is merged in it. */
export interface Base extends Repository {
  /** Remote, where there is one. */
  readonly remote?: { readonly name: string; readonly url: string };
  /** Branch that proposals are to be merged into. */
  readonly branch: string;
  /** Its commit, as fetched a moment ago. */
  readonly commit: string;
}

/** Name of branches that proposals live on. */
export const PROPOSALS = 'meshferry';

/**
 * The repository that a folder is in.
 *
 * @throws Refusal (`usage`) where there is no repository, or no commit in it
 */
export async function openRepository(folder: string): Promise<Repository> {
  const git = new Git(folder);
  const prefix = await git.ask(['rev-parse', '--show-prefix']);
  if (prefix === undefined || !(await git.ask(['rev-parse', '--verify', '--quiet', 'HEAD']))) {
    throw new Refusal(
      'usage',
      `${folder} is in no git repository with a commit`,
      'git init, commit, and try again',
    );
  }
  return { git, prefix };
}

/**
 * Fetches what is merged, and the branches of open proposals.
 *
 * @param folder holds the migrations' folder; anywhere in a repository
 * @throws Refusal (`usage`) where there is no repository or no commit
 * @throws GitError where the remote cannot be reached
 */
export async function fetchBase(folder: string, options: BaseOptions = {}): Promise<Base> {
  const { git, prefix } = await openRepository(folder);
  const name = options.remote ?? 'origin';
  const url = await git.ask(['remote', 'get-url', name]);
  if (url === undefined) {
    if (options.remote) throw new Refusal('usage', `there is no remote ${name}`, 'git remote -v lists them');
    const branch = options.branch ?? ((await git.ask(['symbolic-ref', '--short', 'HEAD'])) || 'HEAD');
    return { git, prefix, branch, commit: await git.run(['rev-parse', `${branch}^{commit}`]) };
  }
  const branch = options.branch ?? (await defaultBranch(git, name));
  await git.run([
    ...['fetch', '--quiet', '--prune', '--no-tags', name],
    `+refs/heads/${branch}:refs/remotes/${name}/${branch}`,
    `+refs/heads/${PROPOSALS}/*:refs/remotes/${name}/${PROPOSALS}/*`,
  ]);
  const commit = await git.run(['rev-parse', `refs/remotes/${name}/${branch}^{commit}`]);
  return { git, prefix, branch, commit, remote: { name, url } };
}

async function defaultBranch(git: Git, remote: string): Promise<string> {
  const listed = await git.run(['ls-remote', '--symref', remote, 'HEAD', 'refs/heads/*']);
  const named = /^ref: refs\/heads\/(\S+)\s+HEAD$/m.exec(listed)?.[1];
  const all = [...listed.matchAll(/^[0-9a-f]+\trefs\/heads\/(.+)$/gm)].map(([, branch = '']) => branch);
  if (named !== undefined && all.includes(named)) return named;
  const [only, ...more] = all.filter((branch) => !branch.startsWith(`${PROPOSALS}/`));
  if (only !== undefined && more.length === 0) return only;
  throw new Refusal(
    'usage',
    `${remote} names no default branch`,
    only === undefined
      ? 'push one first'
      : `say which branch is synced: --base ${[only, ...more].join(', --base ')}`,
  );
}

/**
 * Makes sure that a person sees what the proposal is made from: nothing is uncommitted in the given folders, and the
 * commit that is merged is checked out.
 *
 * @param folders of the migrations and the rendering, relative to the project
 * @throws Refusal (`dirty`, `stale`)
 */
export async function refuseOtherState(
  { git, commit, branch, remote }: Base,
  folders: readonly string[],
): Promise<void> {
  const files = await git.changed(folders);
  if (files.length > 0) {
    const shown = files.slice(0, 3).join(', ') + (files.length > 3 ? ` and ${files.length - 3} more` : '');
    throw new Refusal('dirty', `not committed: ${shown}`, 'commit and merge it first, or `git stash -u` it');
  }
  const head = await git.run(['rev-parse', 'HEAD']);
  if (head === commit) return;
  const merged = remote ? `${remote.name}/${branch}` : branch;
  const count = async (range: string) => Number(await git.run(['rev-list', '--count', range]));
  const [behind, ahead] = [await count(`${head}..${commit}`), await count(`${commit}..${head}`)];
  const differs = [
    behind && `lacks ${commits(behind)} of ${merged}`,
    ahead && `has ${commits(ahead)} that ${merged} lacks`,
  ];
  throw new Refusal(
    'stale',
    `your checkout ${differs.filter(Boolean).join(' and ')}: a proposal is made from what is merged`,
    ahead ? `git switch --detach ${merged}, or merge your commits first` : 'git pull --ff-only',
  );
}

function commits(count: number): string {
  return `${count} commit${count === 1 ? '' : 's'}`;
}
