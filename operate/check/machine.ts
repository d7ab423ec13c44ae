import { execa } from 'execa';

/** What the agent says of its machine: the findings of `meshferry-agent doctor --json`. */
export interface MachineAnswer {
  readonly findings: readonly MachineFinding[];
}

/** One of its checks. */
export interface MachineFinding {
  readonly check: string;
  readonly detail?: string;
  readonly failure?: { readonly kind: string; readonly message: string; readonly next: string };
  readonly addresses?: readonly string[];
}

/** What stands before the options of ssh is never taken for one of them. */
const DESTINATION = /^[A-Za-z0-9_][A-Za-z0-9_.@:[\]-]*$/;
const DOCTOR = 'sudo -n meshferry-agent doctor --json';

/**
 * Asks the agent on a machine, by ssh with its own configuration and keys; never for a password.
 *
 * @param destination as ssh takes it: `user@host`
 * @returns its answer, or why there is none
 */
export async function askMachine(destination: string): Promise<MachineAnswer | string> {
  if (!DESTINATION.test(destination)) return `${destination} is no destination of ssh`;
  const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'];
  const { stdout, stderr, exitCode, code } = await execa('ssh', [...options, '--', destination, DOCTOR], {
    timeout: 60_000,
    reject: false,
  });
  if (code === 'ENOENT') return 'ssh is not on the PATH';
  const findings = parse(stdout);
  // Where a check fails, so does the doctor: its findings count, not its exit code.
  if (findings) return { findings };
  return `ssh ${destination}: ${lastLine(stderr) || `${DOCTOR} ended with ${exitCode ?? 'a signal'}`}`;
}

function parse(text: string): readonly MachineFinding[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isFinding) : undefined;
  } catch {
    return undefined;
  }
}

/** The machine is not ours: what it says is looked at before it is believed to be of this form. */
function isFinding(value: unknown): value is MachineFinding {
  const { check, failure, addresses } = (value ?? {}) as Partial<MachineFinding>;
  return (
    typeof check === 'string' &&
    (failure === undefined || (typeof failure.message === 'string' && typeof failure.next === 'string')) &&
    (addresses === undefined ||
      (Array.isArray(addresses) && addresses.every((address) => typeof address === 'string')))
  );
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
