import { EXIT_CODES, Refusal } from '../operate/promote/refusal';

/** Errors of programs and services that are asked for help, by name. */
const OUTSIDE = ['GitError', 'ForgeError', 'PrometheusError', 'PhaseEditError'];

/** Whether a program or service that was asked for help failed, which may pass. */
export function isFromOutside(error: unknown): error is Error {
  return error instanceof Error && OUTSIDE.includes(error.name);
}

/**
 * Says on the standard error why something was refused, or what failed outside.
 *
 * @returns the exit code; docs/gates.md lists them
 * @throws the error itself where it is neither
 */
export function reportRefusal(error: unknown): number {
  if (error instanceof Refusal) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  if (isFromOutside(error)) {
    process.stderr.write(`${error.message}\n`);
    return EXIT_CODES.failed;
  }
  throw error;
}
