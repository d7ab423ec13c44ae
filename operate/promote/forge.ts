import { ExecaError, execa } from 'execa';

/** Programs that open pull requests: GitHub's and GitLab's own. */
export const FORGES = ['gh', 'glab'] as const;
export type ForgeName = (typeof FORGES)[number];

/** What a pull request is to have besides its text. */
export interface PullRequestOptions {
  /** Opens it as a draft. */
  readonly draft?: boolean;
  /** Who is asked to review it: names as the forge knows them. */
  readonly reviewers?: readonly string[];
  readonly labels?: readonly string[];
}

/** A pull request to be opened, its branch pushed already. */
export interface PullRequest extends PullRequestOptions {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
}

/** gh or glab ended with something other than 0. */
export class ForgeError extends Error {
  override readonly name = 'ForgeError';
}

/** The programs that fit a remote, by the name of its host; both where that tells nothing, none for a folder. */
export function fittingForges(url: string): readonly ForgeName[] {
  if (url.startsWith('/') || url.startsWith('.') || url.startsWith('file:')) return [];
  const host = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^/:]+)/i.exec(url)?.[1] ?? '';
  return /gitlab/i.test(host) ? ['glab'] : /github/i.test(host) ? ['gh'] : FORGES;
}

/** The first program that fits a remote and is installed; undefined where none is. */
export async function installedForge(url: string): Promise<ForgeName | undefined> {
  for (const name of fittingForges(url)) if (await isInstalled(name)) return name;
  return undefined;
}

/**
 * The program that is to open a pull request or to write into one.
 *
 * @param wanted the one that is asked for. @default the first that fits the remote and is installed
 * @returns undefined where none is installed, or none fits, and a person can do its part
 * @throws ForgeError where the one that is asked for is not installed, or none is and this runs in CI, where nobody
 *   reads what is left to do by hand
 */
export async function findForge(url: string, wanted?: ForgeName): Promise<ForgeName | undefined> {
  if (wanted) {
    if (await isInstalled(wanted)) return wanted;
    throw new ForgeError(`✖ ${wanted} is not installed here; install it, or leave out --forge`);
  }
  const found = await installedForge(url);
  const fitting = fittingForges(url);
  if (found === undefined && fitting.length > 0 && process.env.CI) {
    throw new ForgeError(
      `✖ ${fitting.join(' or ')} is needed to open a pull request, and not installed here; install it, or give --forge none`,
    );
  }
  return found;
}

/** Whether a forge's program is on the PATH. */
async function isInstalled(name: ForgeName): Promise<boolean> {
  const { exitCode } = await execa(name, ['--version'], { reject: false });
  return exitCode === 0;
}

/**
 * Opens a pull request.
 *
 * @param folder in the repository
 * @returns its address
 * @throws ForgeError with what the program said
 */
export async function openPullRequest(
  forge: ForgeName,
  folder: string,
  request: PullRequest,
): Promise<string> {
  const { branch, base, title, body, draft, reviewers = [], labels = [] } = request;
  const more = [
    ...(draft ? ['--draft'] : []),
    ...reviewers.flatMap((name) => ['--reviewer', name]),
    ...labels.flatMap((name) => ['--label', name]),
  ];
  const printed =
    forge === 'gh'
      ? await call(
          forge,
          folder,
          ['pr', 'create', '--base', base, '--head', branch, '--title', title, '--body-file', '-', ...more],
          body,
        )
      : await call(forge, folder, [
          ...['mr', 'create', '--target-branch', base, '--source-branch', branch],
          ...['--title', title, '--description', body, '--remove-source-branch', '--yes'],
          ...more,
        ]);
  return /https?:\/\/\S+/.exec(printed)?.[0] ?? printed.trim();
}

/**
 * The open pull request of a branch.
 *
 * @returns its address; undefined where there is none, or the forge does not answer
 */
export async function findPullRequest(
  forge: ForgeName,
  folder: string,
  branch: string,
): Promise<string | undefined> {
  const wanted = encodeURIComponent(branch);
  const path = {
    gh: `repos/{owner}/{repo}/pulls?state=open&head={owner}:${wanted}`,
    glab: `projects/:id/merge_requests?state=opened&source_branch=${wanted}`,
  }[forge];
  const [first] = (await list<{ html_url?: string; web_url?: string }>(forge, folder, path)) ?? [];
  return first?.html_url ?? first?.web_url;
}

/**
 * When a forge merged the pull request that brought a commit into a branch: by its own clock, which nobody who makes a
 * commit can set.
 *
 * @param branch that it was merged into
 * @returns undefined where no pull request did, or the forge does not answer
 */
export async function mergeTime(
  forge: ForgeName,
  folder: string,
  commit: string,
  branch: string,
): Promise<Date | undefined> {
  const path = {
    gh: `repos/{owner}/{repo}/commits/${commit}/pulls`,
    glab: `projects/:id/repository/commits/${commit}/merge_requests`,
  }[forge];
  const found = await list<{
    readonly merged_at?: string | null;
    readonly base?: { readonly ref?: string };
    readonly target_branch?: string;
  }>(forge, folder, path);
  const times = (found ?? [])
    .filter(({ base, target_branch }) => (base?.ref ?? target_branch) === branch)
    .map(({ merged_at }) => Date.parse(merged_at ?? ''))
    .filter((time) => !Number.isNaN(time));
  return times.length > 0 ? new Date(Math.min(...times)) : undefined;
}

/** A list that the forge's API answers with; undefined where it answers with anything else. */
async function list<T>(forge: ForgeName, folder: string, path: string): Promise<readonly T[] | undefined> {
  try {
    const answer: unknown = JSON.parse(await call(forge, folder, ['api', path]));
    return Array.isArray(answer) ? answer : undefined;
  } catch (error) {
    if (error instanceof ForgeError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Writes a comment under a pull request, or anew where it stands already: one comment, however often this runs.
 *
 * @param number of the pull or merge request
 * @param marker a line that no other comment holds
 * @throws ForgeError with what the program said
 */
export async function putComment(
  forge: ForgeName,
  folder: string,
  number: number,
  body: string,
  marker: string,
): Promise<'written' | 'edited'> {
  const path = {
    gh: `repos/{owner}/{repo}/issues/${number}/comments`,
    glab: `projects/:id/merge_requests/${number}/notes`,
  }[forge];
  const found = await findComment(forge, folder, path, marker);
  const text = JSON.stringify({ body });
  const input = ['--input', '-', '--header', 'Content-Type: application/json'];
  if (found === undefined) {
    await call(forge, folder, ['api', '--method', 'POST', path, ...input], text);
    return 'written';
  }
  const one = { gh: `repos/{owner}/{repo}/issues/comments/${found}`, glab: `${path}/${found}` }[forge];
  await call(forge, folder, ['api', '--method', { gh: 'PATCH', glab: 'PUT' }[forge], one, ...input], text);
  return 'edited';
}

const PAGE = 100;

/** Id of the first comment that holds the marker. */
async function findComment(
  forge: ForgeName,
  folder: string,
  path: string,
  marker: string,
): Promise<number | undefined> {
  for (let page = 1; ; page++) {
    const text = await call(forge, folder, ['api', `${path}?per_page=${PAGE}&page=${page}`]);
    const comments: { readonly id: number; readonly body?: string }[] = JSON.parse(text);
    const found = comments.find(({ body }) => body?.includes(marker));
    if (found || comments.length < PAGE) return found?.id;
  }
}

async function call(forge: ForgeName, folder: string, args: readonly string[], input = ''): Promise<string> {
  try {
    const { stdout } = await execa(forge, args, {
      cwd: folder,
      input,
      env: { NO_COLOR: '1', GH_PROMPT_DISABLED: '1', CLICOLOR: '0' },
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const said = String(error.stderr ?? '').trim() || error.shortMessage;
    throw new ForgeError(`✖ ${forge} ${args.slice(0, 2).join(' ')} failed: ${said}`);
  }
}
