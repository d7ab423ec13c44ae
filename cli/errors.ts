import { EXIT_CODES } from '../operate/promote/refusal';
import { printableLines } from '../text/printable';

/** Wrong usage: what was given, what is wrong with it, what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** kubectl reaches no cluster. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';

  constructor(why: string) {
    super(
      `✖ no cluster can be read: ${why}\n  way out: name a context that reaches one by --context; \`kubectl config get-contexts\` lists them`,
    );
  }
}

/** Errors that a user can mend, by name: each program is compiled by itself, and its classes are not ours. */
const EXPECTED = ['AdoptError', 'CompileError', 'ConfigError', 'DiscoverError', 'OutputError', 'UsageError'];

/** Errors of programs and services that are asked for help, by name. */
const OUTSIDE = ['BuildError', 'GitError', 'ForgeError', 'PrometheusError', 'PhaseEditError', 'ClusterError'];

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

/** Whether a program or service that was asked for help failed, which may pass. */
export function isFromOutside(error: unknown): error is Error {
  return error instanceof Error && OUTSIDE.includes(error.name);
}

/**
 * Says what went wrong: on the standard error, or as JSON on the standard output.
 *
 * @returns the exit code: 0 where nothing did (help was asked for), 1 where a program that was asked failed, 2 where the
 *   user can mend it, a refusal's own, 70 for a fault of the program
 * @see https://man.freebsd.org/cgi/man.cgi?sysexits
 */
export function reportError(error: unknown, options: { readonly json?: boolean } = {}): number {
  const { code, exitCode: given, message } = error as Error & { code?: string; exitCode?: number };
  const isUsage = code?.startsWith('commander.') ?? false;
  if (isUsage && given === 0) return 0; // help or the version was asked for
  const [text, exitCode] = isUsage ? [message, 2] : wordsOf(error);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ error: { message: text, exitCode } }, null, 2)}\n`);
  // commander has told it already.
  else if (!isUsage) process.stderr.write(`${printableLines(text)}\n`);
  return exitCode;
}

function wordsOf(error: unknown): [text: string, exitCode: number] {
  const { name, message, code, path, exitCode } = error as NodeJS.ErrnoException & { exitCode?: number };
  if (name === 'Refusal' && exitCode !== undefined) return [message, exitCode];
  if (isFromOutside(error)) return [message, EXIT_CODES.failed];
  if (MISSING_PACKAGE.test(message)) return [`${message}\n  a package is missing: run \`npm install\``, 2];
  if (name === 'UnreadableError') return [`✖ cannot read manifests: ${message}`, 2];
  if (EXPECTED.includes(name)) return [message, 2];
  const words = code && SYSTEM[code];
  if (words) return [`✖ cannot write ${path ?? 'the files'}: ${words}; nothing was changed`, 2];
  if (process.env.MESHFERRY_DEBUG) return [(error as Error).stack ?? String(error), 70];
  return [
    `✖ ${message || String(error)}\n  this was not foreseen; MESHFERRY_DEBUG=1 shows where it came from`,
    70,
  ];
}
