import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { Git } from './git';
import { declared, TestRepository } from './testing';
import { withWorktree } from './worktree';

let repository: TestRepository;
let git: Git;
let temporary: string;
beforeEach(() => {
  repository = new TestRepository({ 'shop.yaml': declared('pin') });
  temporary = join(repository.root, 'tmp');
  mkdirSync(temporary);
  // A test's process.env is not the one that this would be read from.
  jest.spyOn(os, 'tmpdir').mockReturnValue(temporary);
  git = new Git(repository.clone);
});
afterEach(() => {
  jest.restoreAllMocks();
  repository.remove();
});

const left = () => ({
  folders: readdirSync(temporary),
  entries: existsSync(join(repository.clone, '.git/worktrees'))
    ? readdirSync(join(repository.clone, '.git/worktrees'))
    : [],
});

/** The name that a worktree of this process has, and of one that ended. */
async function names(): Promise<{ live: string; ended: string }> {
  const live = await withWorktree(git, 'HEAD', async ({ folder }) => folder.split('/').at(-1) ?? '');
  const child = spawn('true');
  await new Promise((resolve) => child.once('exit', resolve));
  return { live, ended: live.replace(/-\d+-\d+-/, `-${child.pid}-1-`) };
}

test('a worktree is there while it is used, and gone after, from the repository too', async () => {
  const text = await withWorktree(git, 'HEAD', async ({ folder }) => {
    expect(left().entries).toHaveLength(1);
    return readFileSync(join(folder, 'migrations/shop.yaml'), 'utf8');
  });
  expect(text).toContain('phase: pin');
  expect(left()).toEqual({ folders: [], entries: [] });
});

test('it goes as well where what uses it fails', async () => {
  const failing = withWorktree(git, 'HEAD', () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  expect(left()).toEqual({ folders: [], entries: [] });
});

describe('what a killed run left', () => {
  test('is removed by the next one, wherever the temporary folder was then', async () => {
    const { ended } = await names();
    const elsewhere = join(repository.root, 'elsewhere');
    mkdirSync(elsewhere);
    repository.git('worktree', 'add', '--quiet', '--detach', join(elsewhere, ended));
    await withWorktree(git, 'HEAD', async () => {
      expect(readdirSync(elsewhere)).toEqual([]);
      expect(left().entries).not.toContain(ended);
    });
  });

  test('is removed in any half state: a folder that git does not know, and an entry without its folder', async () => {
    const { ended } = await names();
    mkdirSync(join(temporary, ended, 'dist'), { recursive: true });
    const entry = join(repository.clone, '.git/worktrees', ended.replace(/\w{6}$/, 'abcdef'));
    mkdirSync(entry, { recursive: true });
    writeFileSync(join(entry, 'locked'), 'initializing');
    await withWorktree(git, 'HEAD', async () => {});
    expect(left()).toEqual({ folders: [], entries: [] });
  });

  test('is removed though its process number is in use again', async () => {
    const { live } = await names();
    mkdirSync(join(temporary, live.replace(/-\d+-(\w{6})$/, '-1-$1')));
    await withWorktree(git, 'HEAD', async () => {});
    expect(left().folders).toEqual([]);
  });
});

describe('what is not removed', () => {
  test('the worktree of a run that is under way', async () => {
    await withWorktree(git, 'HEAD', async (first) => {
      await withWorktree(git, 'HEAD', async () => {});
      expect(existsSync(join(first.folder, 'migrations'))).toBe(true);
      expect(await first.run(['status', '--porcelain'])).toBe('');
    });
  });

  test("a person's own worktree, its folder missing", async () => {
    const own = join(repository.root, 'own');
    repository.git('worktree', 'add', '--quiet', '--detach', own);
    rmSync(own, { recursive: true });
    await withWorktree(git, 'HEAD', async () => {});
    expect(left().entries).toEqual(['own']);
  });

  test('what belongs to another machine, and what only looks alike', async () => {
    const { ended } = await names();
    const foreign = ended.replace(/tree-[0-9a-f]{8}/, 'tree-00000000');
    for (const name of [foreign, 'meshferry-tree', `${ended}-more`]) mkdirSync(join(temporary, name));
    await withWorktree(git, 'HEAD', async () => {});
    expect(left().folders.sort()).toEqual([foreign, 'meshferry-tree', `${ended}-more`].sort());
  });
});
