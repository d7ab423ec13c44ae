/** Wrong usage: what was given, what is wrong with it, what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Errors that a user can mend, by name: an app is compiled by itself, so its classes are not the same objects. */
const EXPECTED = ['ConfigError', 'OutputError', 'UsageError'];

/** Codes of errors that come from the machine, in words. */
const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
};

/**
 * Says on the standard error what went wrong.
 *
 * @returns the exit code: 2 where the user can mend it, 70 for a fault of the program
 * @see https://man.freebsd.org/cgi/man.cgi?sysexits
 */
export function reportError(error: unknown): number {
  const { name, message, code, path } = error as NodeJS.ErrnoException;
  if (EXPECTED.includes(name)) {
    process.stderr.write(`${message}\n`);
    return 2;
  }
  const words = code && SYSTEM[code];
  if (words) {
    process.stderr.write(`✖ cannot write ${path ?? 'a file'}: ${words}; nothing was changed\n`);
    return 2;
  }
  process.stderr.write(`✖ ${message || String(error)}\n`);
  if (process.env.MESHFERRY_DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
  else process.stderr.write('  this was not foreseen; MESHFERRY_DEBUG=1 shows where it came from\n');
  return 70;
}
