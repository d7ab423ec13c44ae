import { ExecaError, execa } from 'execa';

/** Programs that open pull requests: GitHub's and GitLab's own. */
export const FORGES = ['gh', 'glab'] as const;
export type ForgeName = (typeof FORGES)[number];

/** A pull request to be opened, its branch pushed already. */
export interface PullRequest {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
}

/** gh or glab ended with something other than 0. */
export class ForgeError extends Error {
  override readonly name = 'ForgeError';
}

/**
 * The program for a remote: the one that is asked for, else by the name of its host, else whichever is installed.
 *
 * @returns undefined where neither fits, or the one that fits is not installed, and a person can do its part
 * @throws ForgeError where the one that is asked for is not installed, or none is and this runs in CI, where nobody
 *   reads what is left to do by hand
 */
export async function findForge(url: string, wanted?: ForgeName): Promise<ForgeName | undefined> {
  if (wanted) {
    if (await isInstalled(wanted)) return wanted;
    throw new ForgeError(`✖ ${wanted} is not installed here; install it, or leave out --forge`);
  }
  const host = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^/:]+)/i.exec(url)?.[1] ?? '';
  if (url.startsWith('/') || url.startsWith('.') || url.startsWith('file:')) return undefined;
  const fits = /gitlab/i.test(host) ? ['glab' as const] : /github/i.test(host) ? ['gh' as const] : FORGES;
  for (const name of fits) if (await isInstalled(name)) return name;
  if (process.env.CI)
    throw new ForgeError(
      `✖ ${fits.join(' or ')} is needed to open a pull request, and not installed here; install it, or give --forge none`,
    );
  return undefined;
}

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
  const { branch, base, title, body } = request;
  const printed =
    forge === 'gh'
      ? await call(
          forge,
          folder,
          ['pr', 'create', '--base', base, '--head', branch, '--title', title, '--body-file', '-'],
          body,
        )
      : await call(forge, folder, [
          ...['mr', 'create', '--target-branch', base, '--source-branch', branch],
          ...['--title', title, '--description', body, '--remove-source-branch', '--yes'],
        ]);
  return /https?:\/\/\S+/.exec(printed)?.[0] ?? printed.trim();
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
