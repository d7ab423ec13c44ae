import { execa } from 'execa';

/** A pod by its name. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** Runs a command in a pod's sidecar. */
export type Exec = (
  pod: PodName,
  command: readonly string[],
) => Promise<{
  readonly stdout: string;
  /** Why it failed; absent: it did not. */
  readonly failed?: string;
}>;

/** @param context options of kubectl that name one; empty: the current one */
export function sidecarExec(context: readonly string[]): Exec {
  return async ({ namespace, name }, command) => {
    const where = ['--namespace', namespace, '--container', 'istio-proxy', '--request-timeout', '20s'];
    const { stdout, stderr, failed, shortMessage } = await execa(
      'kubectl',
      [...context, 'exec', name, ...where, '--', ...command],
      { timeout: 30_000, maxBuffer: 1 << 28, reject: false },
    );
    return failed ? { stdout, failed: stderr.trim().split('\n').at(-1) || String(shortMessage) } : { stdout };
  };
}

/** curl opens a connection, finds nothing to send, and closes it; what the sidecar's user opens passes Envoy by. */
const CONNECT = 'curl -s -m 3 --connect-timeout 2 -w "%{time_connect}" "telnet://$1" < /dev/null; echo';

/** Whether a pod connects to addresses; without those that could not be tried. */
export async function connectFrom(
  pod: PodName,
  addresses: readonly string[],
  exec: Exec,
): Promise<ReadonlyMap<string, boolean>> {
  const tries = addresses.map(async (address) => {
    const { stdout } = await exec(pod, ['sh', '-c', CONNECT, 'sh', address]);
    const seconds = /^(\d+\.\d+)\s*$/.exec(stdout)?.[1];
    return seconds === undefined ? [] : [[address, Number(seconds) > 0] as const];
  });
  return new Map((await Promise.all(tries)).flat());
}
