import { join } from 'node:path';
import { Command } from 'commander';
import { openRepository, type Repository } from '../../operate/promote/base';
import { findForge, putComment } from '../../operate/promote/forge';
import type { Git } from '../../operate/promote/git';
import { Refusal } from '../../operate/promote/refusal';
import { withWorktree } from '../../operate/promote/worktree';
import { COMMENT_MARKER, diffComment, diffMarkdown } from '../../operate/report/diff-markdown';
import { diffText } from '../../operate/report/diff-text';
import { type Rendering, readRendering } from '../../operate/report/rendering';
import { semanticDiff } from '../../operate/report/semantic-diff';
import { positive } from '../numbers';
import { enterProject } from '../project';

const HELP = `
Compares the rendered manifests of two commits, object by object and field by field: how much is touched, then what is
dangerous about it (deletions, selectors, immutable fields, mTLS, routes without endpoints), then each change. As in a
pull request, HEAD is compared with the commit where it branched off BASE. No cluster is looked at. In a terminal the changes are text;
in a pipe or a file they are Markdown.

Exit codes: 0 printed, 1 git or a forge failed, 2 wrong usage.

Examples:
  $ meshferry diff origin/main                 what this branch changes
  $ meshferry diff v1 v2 --json                between any two commits, for other programs
  $ meshferry diff origin/main --comment 42    as the one comment of pull request 42, edited in place`;

interface Options {
  readonly to: string;
  readonly json?: boolean;
  readonly comment?: number;
}

/** `meshferry diff`: what a change does to the clusters. */
export function diffCommand(): Command {
  return new Command('diff')
    .description('show what changes in the clusters between two commits')
    .argument('[base]', 'commit or branch to compare with', 'origin/main')
    .argument('[head]', 'commit or branch that changes it', 'HEAD')
    .option('--to <folder>', 'folder of the rendering', 'dist')
    .option('--comment <number>', 'write it under this pull request, by gh or glab', positive)
    .option('--json', 'print the changes as JSON')
    .addHelpText('after', HELP)
    .action(run);
}

async function run(base: string, head: string, { to, json, comment }: Options): Promise<void> {
  enterProject();
  const repository = await openRepository(process.cwd());
  const { git } = repository;
  const [from, changed] = [await commitOf(git, base), await commitOf(git, head)];
  const fork = await git.run(['merge-base', from, changed]);
  const diff = semanticDiff(
    await renderingAt(repository, fork, to),
    await renderingAt(repository, changed, to),
  );
  if (comment !== undefined) {
    const url = (await git.ask(['remote', 'get-url', 'origin'])) ?? '';
    const forge = await findForge(url);
    if (!forge)
      throw new Refusal(
        'usage',
        'neither gh nor glab is there to write a comment',
        'install the one that fits your forge',
      );
    const what = await putComment(forge, process.cwd(), comment, diffComment(diff), COMMENT_MARKER);
    process.stdout.write(`✔ comment ${what}\n`);
    return;
  }
  if (json) process.stdout.write(`${JSON.stringify(diff, null, 2)}\n`);
  else process.stdout.write(`${process.stdout.isTTY ? diffText(diff) : diffMarkdown(diff).text}\n`);
}

async function commitOf(git: Git, name: string): Promise<string> {
  const commit = await git.ask(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
  if (commit === undefined)
    throw new Refusal('usage', `${name} is no commit or branch here`, 'git fetch, or name another');
  return commit;
}

async function renderingAt({ git, prefix }: Repository, commit: string, to: string): Promise<Rendering> {
  return withWorktree(git, commit, async ({ folder }) => readRendering(join(folder, prefix, to)));
}
