import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { filesOf, shellBlocks, unnamedBlocks } from './blocks';
import { PAGES, ROOT } from './pages';

const text = (page: string) => readFileSync(join(ROOT, page), 'utf8');

test('a block is found with its place, or with the reason why it is not run', () => {
  const page = [
    '<!-- run: lab -->\n```sh\nkubectl get pods\n```\n',
    '- in a list\n\n  <!-- not run: it costs money -->\n  ```sh\n  buy\n  ```\n',
    '```yaml\na: 1\n```\n\n```sh\nls\n```\n\n    indented\n',
  ].join('\n');
  expect(shellBlocks(page)).toEqual([
    { line: 2, text: 'kubectl get pods\n', run: 'lab' },
    { line: 9, text: 'buy\n', notRun: 'it costs money' },
    { line: 17, text: 'ls\n' },
  ]);
  expect(unnamedBlocks(page)).toEqual([21]);
});

test('every block names its language, and every block of commands says where it is run or why not', () => {
  const unmarked = PAGES.flatMap((page) => [
    ...unnamedBlocks(text(page)).map((line) => `${page}:${line}: no language`),
    ...shellBlocks(text(page))
      .filter(({ run, notRun }) => run === undefined && notRun === undefined)
      .map(({ line }) => `${page}:${line}: no marker`),
  ]);
  expect(unmarked).toEqual([]);
});

const inCheckout = PAGES.filter((page) => shellBlocks(text(page)).some(({ run }) => run === 'checkout'));

test.each(inCheckout)('the commands of %s work in a repository of migrations', (page) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'meshferry-docs-')));
  try {
    const repository = join(folder, 'repository');
    cpSync(join(ROOT, 'migrations'), join(repository, 'migrations'), { recursive: true });
    for (const [path, content] of Object.entries(filesOf(text(page)))) {
      mkdirSync(dirname(join(repository, path)), { recursive: true });
      writeFileSync(join(repository, path), content);
    }
    commit(folder, repository);
    const blocks = shellBlocks(text(page)).filter(({ run }) => run === 'checkout');
    const commands = blocks.map(({ line, text }) => `echo "# ${page}:${line}"\n${text}`);
    const script = [`npx() { ${NPX} }`, ...commands].join('\n');
    const { status, stdout, stderr } = spawnSync('bash', ['-ec', script], {
      cwd: repository,
      encoding: 'utf8',
      env: { ...process.env, MESHFERRY_CHECKOUT: ROOT, NO_COLOR: '1' },
    });
    expect(status === 0 ? '' : `${stdout}\n${stderr}`).toBe('');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** `npx meshferry` is the program of this checkout; with a package to take it from, it is npm's own. */
const NPX = `case "$1" in meshferry) shift; node "$MESHFERRY_CHECKOUT/bin/meshferry.js" "$@" ;; *) command npx "$@" ;; esac;`;

/** A repository with a remote, in which what is declared was rendered and merged an hour ago, so that it has soaked. */
function commit(folder: string, repository: string): void {
  const date = new Date(Date.now() - 3_600_000).toISOString();
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: repository,
      env: { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      stdio: 'pipe',
    });
  execFileSync(process.execPath, [join(ROOT, 'bin/meshferry.js'), 'synth'], { cwd: repository });
  git('init', '--quiet', '--initial-branch=main');
  git('init', '--quiet', '--bare', '--initial-branch=main', join(folder, 'origin'));
  git('add', '.');
  git('commit', '--quiet', '--message', 'declared');
  git('remote', 'add', 'origin', join(folder, 'origin'));
  git('push', '--quiet', '--set-upstream', 'origin', 'main');
}
