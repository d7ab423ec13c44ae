import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** How a command is run. */
export interface RunOptions {
  /** Directory to run in. @default the current one */
  readonly cwd?: string;
  /** Variables added to this process's own. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** File that gets both outputs, appended. @default kept in memory */
  readonly log?: string;
  /** Text for standard input. @default empty */
  readonly input?: string;
  /** Milliseconds after which the command is killed. @default no limit */
  readonly timeout?: number;
}

/** A command that ended with something other than 0. */
export class CommandError extends Error {
  constructor(
    readonly command: string,
    readonly code: number | null,
    readonly output: string,
  ) {
    super(`${command} ${code === null ? 'was killed' : `ended with ${code}`}${output && `:\n${output}`}`);
  }
}

/**
 * Runs a command without a shell and resolves to what it printed on standard output ('' with `log`).
 *
 * @throws CommandError if it does not end with 0, with the last lines it wrote; Error if there is no such program.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const log = options.log === undefined ? undefined : openSync(options.log, 'a');
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', log ?? 'pipe', log ?? 'pipe'],
  });
  if (log !== undefined) closeSync(log);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin?.on('error', () => {}); // a command need not read its input
  child.stdin?.end(options.input ?? '');
  const timer = options.timeout && setTimeout(() => child.kill('SIGKILL'), options.timeout);
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new Error(`${command} is not on the PATH: install it`) : error);
    });
    child.on('close', (code) => {
      clearTimeout(timer || undefined);
      if (code === 0) return resolve(out);
      const written = options.log === undefined ? err || out : readFileSync(options.log, 'utf8');
      reject(new CommandError([command, ...args].join(' '), code, lastLines(written, 12)));
    });
  });
}

/** Whether a command ends with 0. */
export async function succeeds(
  command: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<boolean> {
  return run(command, args, options).then(
    () => true,
    () => false,
  );
}

/** The last `count` lines of a text that are not empty. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
