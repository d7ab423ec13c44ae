import { EXIT_CODES, Refusal } from '../promote/refusal';

/** Errors of programs and services that are asked for help, by name. */
const OUTSIDE = ['GitError', 'ForgeError', 'PrometheusError', 'PhaseEditError'];

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
  if (error instanceof Error && OUTSIDE.includes(error.name)) {
    process.stderr.write(`${error.message}\n`);
    return EXIT_CODES.failed;
  }
  throw error;
}
