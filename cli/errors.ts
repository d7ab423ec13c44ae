/** Wrong usage: what was given, what is wrong with it, what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Errors that a user can mend, by name: each program is compiled by itself, and its classes are not ours. */
const EXPECTED = ['CompileError', 'ConfigError', 'OutputError', 'UsageError'];

/** The compiler's words for an import that is neither a file nor an installed package. */
const MISSING_PACKAGE = /^✖ Could not resolve "[^./]/m;

/** Codes of errors that come from the machine, in words. */
const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  EBUSY: 'it is mounted, and can only be replaced together with the folder above it',
  EDQUOT: 'the disk quota is used up',
};

/**
 * Says on the standard error what went wrong.
 *
 * @returns the exit code: 0 where nothing did (help was asked for), 2 where the user can mend it, 70 for a fault of
 *   the program
 * @see https://man.freebsd.org/cgi/man.cgi?sysexits
 */
export function reportError(error: unknown): number {
  const { name, message, code, path } = error as NodeJS.ErrnoException;
  // Said by commander already.
  if (code?.startsWith('commander.')) return (error as { exitCode?: number }).exitCode === 0 ? 0 : 2;
  if (MISSING_PACKAGE.test(message)) return say(`${message}\n  a package is missing: run \`npm install\``, 2);
  if (EXPECTED.includes(name)) return say(message, 2);
  const words = code && SYSTEM[code];
  if (words) return say(`✖ cannot write ${path ?? 'the files'}: ${words}; nothing was changed`, 2);
  if (process.env.MESHFERRY_DEBUG) return say((error as Error).stack ?? String(error), 70);
  return say(
    `✖ ${message || String(error)}\n  this was not foreseen; MESHFERRY_DEBUG=1 shows where it came from`,
    70,
  );
}

function say(text: string, exitCode: number): number {
  process.stderr.write(`${text}\n`);
  return exitCode;
}
