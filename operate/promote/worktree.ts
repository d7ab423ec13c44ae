import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Git } from './git';

/**
 * Checks a commit out into a folder of its own for as long as a function runs: the user's tree is never touched.
 * Hooks do not run for it, since they would run for a tree that nobody works in. Worktrees that killed runs left
 * behind are removed first.
 *
 * @param use is given git in that folder
 */
export async function withWorktree<T>(git: Git, commit: string, use: (tree: Git) => Promise<T>): Promise<T> {
  await removeAbandoned(git);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), ownPrefix())));
  try {
    const withoutHooks = ['-c', 'core.hooksPath=/dev/null'];
    await git.run([...withoutHooks, 'worktree', 'add', '--quiet', '--detach', folder, commit]);
    return await use(new Git(folder));
  } finally {
    await git.ask(['worktree', 'remove', '--force', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A worktree's folder, and git's own folder for it, are named after the process that they belong to:
 * `meshferry-tree-<machine>-<process id>-<start of the process>-<random>`.
 */
const NAME = /^meshferry-tree-([0-9a-f]{8})-(\d+)-(\d+)-\w{6}$/;

function ownPrefix(): string {
  return `meshferry-tree-${machine()}-${process.pid}-${startOf(process.pid) ?? 0}-`;
}

/** Removes worktrees whose process has ended, from the temporary folder and from the repository. */
async function removeAbandoned(git: Git): Promise<void> {
  const common = await git.run(['rev-parse', '--path-format=absolute', '--git-common-dir']);
  const known = join(common, 'worktrees');
  for (const name of namesIn(known).filter(isAbandoned)) {
    const folder = folderOf(join(known, name));
    // `git worktree prune` would also forget worktrees of the user's own that lie on an unmounted disk.
    rmSync(join(known, name), { recursive: true, force: true });
    if (folder && basename(folder) === name) removeOwn(folder);
  }
  for (const name of namesIn(tmpdir()).filter(isAbandoned)) removeOwn(join(tmpdir(), name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // a repository without worktrees has no such folder
  }
}

/** Where git checked a worktree out; undefined where git was killed before it wrote that down. */
function folderOf(entry: string): string | undefined {
  try {
    return dirname(readFileSync(join(entry, 'gitdir'), 'utf8').trim());
  } catch {
    return undefined;
  }
}

/** Everybody may write to the temporary folder: what another user put there stays. */
function removeOwn(folder: string): void {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory() || stats.uid !== process.getuid?.()) return;
  rmSync(folder, { recursive: true, force: true });
}

/** Whether the process that a worktree is named after has ended. Processes of other machines cannot be seen. */
function isAbandoned(name: string): boolean {
  const [, where, pid = '', start] = NAME.exec(name) ?? [];
  if (where !== machine()) return false;
  if (!isRunning(Number(pid))) return true;
  const now = startOf(Number(pid));
  return now !== undefined && now !== start; // another process has got the number since
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, in ticks since the machine did; undefined where the system does not tell. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Tells machines apart, and containers that share a folder but not their processes. */
function machine(): string {
  let processes = '';
  try {
    processes = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Only Linux has them.
  }
  return createHash('sha256').update(`${hostname()}\n${processes}`).digest('hex').slice(0, 8);
}
