import { ExecaError, execa } from 'execa';

/** git ended with something other than 0. */
export class GitError extends Error {
  override readonly name = 'GitError';
}

/** Runs git in one folder. Never asks for a password: a command that needs one fails and says so. */
export class Git {
  /** @param folder inside a repository */
  constructor(readonly folder: string) {}

  /**
   * What git printed, without line ends at its end.
   *
   * @throws GitError with what git said
   */
  async run(args: readonly string[], input?: string): Promise<string> {
    try {
      const { stdout } = await execa('git', args, {
        cwd: this.folder,
        env: { GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
        input: input ?? '',
        maxBuffer: 1 << 28,
      });
      return stdout;
    } catch (error) {
      if (!(error instanceof ExecaError)) throw error;
      const said = String(error.stderr ?? '').trim() || error.originalMessage || error.shortMessage;
      // An address may hold a token, and error messages end up in logs.
      const safe = said.replaceAll(/:\/\/[^@/\s]+@/g, '://***@');
      throw new GitError(`✖ git ${args.find((arg) => !arg.startsWith('-'))} failed: ${safe}`);
    }
  }

  /**
   * Files below some paths that are not as HEAD has them, or that nobody has added, from the top of the repository.
   * Contents are compared as git would store them: `git status` also names a file that only has other line ends than git
   * checked it out with (`core.autocrlf`).
   */
  async changed(paths: readonly string[]): Promise<string[]> {
    const different = await this.run(['diff', '--name-only', '-z', 'HEAD', '--', ...paths]);
    const options = ['--others', '--exclude-standard', '--full-name', '-z'];
    const unknown = await this.run(['ls-files', ...options, '--', ...paths]);
    return [...new Set(`${different}${unknown}`.split('\0').filter(Boolean))].sort();
  }

  /**
   * Texts of files, by one process however many they are.
   *
   * @param names each `<commit>:<path from the top>`
   * @returns a text for each name, in their order; undefined where there is no such file
   */
  async blobs(names: readonly string[]): Promise<(string | undefined)[]> {
    if (names.length === 0) return [];
    const { stdout } = await execa('git', ['cat-file', '--batch'], {
      cwd: this.folder,
      input: `${names.join('\n')}\n`,
      encoding: 'buffer',
      maxBuffer: 1 << 28,
    });
    const bytes = Buffer.from(stdout);
    let at = 0;
    return names.map(() => {
      const end = bytes.indexOf('\n', at);
      const size = /^[0-9a-f]+ blob (\d+)$/.exec(bytes.toString('utf8', at, end))?.[1];
      const from = end + 1;
      at = size === undefined ? from : from + Number(size) + 1;
      return size === undefined ? undefined : bytes.toString('utf8', from, at - 1);
    });
  }

  /** What git printed, or undefined where it failed: for questions whose answer may be no. */
  async ask(args: readonly string[]): Promise<string | undefined> {
    try {
      return await this.run(args);
    } catch (error) {
      if (error instanceof GitError) return undefined;
      throw error;
    }
  }
}
