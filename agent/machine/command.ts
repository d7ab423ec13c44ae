import { execFile } from 'node:child_process';

/** Result of a program. */
export interface CommandResult {
  /** Exit code; 127 if there is no such program, 124 if it took too long. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program without a shell. Never throws: the caller judges the exit code. Never pass a secret as an argument,
 * which every user of the machine can read.
 */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly timeoutMs?: number; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      {
        timeout: options.timeoutMs ?? 60_000,
        maxBuffer: 4 << 20,
        env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive', ...options.env },
      },
      (error, stdout, stderr) => {
        if (!error) return resolve({ code: 0, stdout, stderr });
        const { code, killed } = error as unknown as { code?: string | number; killed?: boolean };
        const number = killed ? 124 : code === 'ENOENT' ? 127 : typeof code === 'number' ? code : 1;
        resolve({ code: number, stdout, stderr: stderr || error.message });
      },
    );
  });
}

/** Whether a program is on the machine. */
export async function isInstalled(program: string): Promise<boolean> {
  return (await run('sh', ['-c', 'command -v "$0"', program])).code === 0;
}
