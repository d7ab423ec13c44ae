import { run } from './command';

/** Port on which machines reach istiod, at its own address or at the gateway's. */
const ISTIOD_PORT = '15012';
const MARK = ['-m', 'comment', '--comment', 'meshferry-agent'];
/**
 * Matches new connections only: istiod must still learn that the old one ends. The rule drops packets instead of
 * rejecting them, since Envoy backs off longer after each rejected connection.
 */
const REFUSE = ['OUTPUT', '-p', 'tcp', '--syn', '--dport', ISTIOD_PORT, ...MARK, '-j', 'DROP'];
const FAMILIES = ['iptables', 'ip6tables'] as const;

/**
 * Resets the connections to istiod: pilot-agent opens a new one and reports everything again, including its health.
 * Envoy and its traffic are not touched. If there is no connection, pilot-agent is about to open one anyway.
 *
 * @returns false if the kernel cannot destroy a socket: then only a restart of Istio helps
 */
export async function reconnectToIstiod(): Promise<boolean> {
  const open = await run('ss', ['-H', '-t', 'dport', '=', `:${ISTIOD_PORT}`]);
  if (open.code === 0 && open.stdout.trim() === '') return true;
  const killed = await run('ss', ['-H', '-K', 'dport', '=', `:${ISTIOD_PORT}`]);
  return killed.code === 0 && killed.stdout.trim() !== '';
}

/** Blocks new connections to istiod. Envoy keeps serving with the configuration that it has. */
export async function refuseIstiod(): Promise<void> {
  for (const program of FAMILIES) await run(program, ['-w', '5', '-I', ...REFUSE]);
}

/** Allows connections to istiod again; has no effect if they are not blocked. */
export async function admitIstiod(): Promise<void> {
  let wasBlocked = false;
  for (const program of FAMILIES) {
    while ((await run(program, ['-w', '5', '-D', ...REFUSE])).code === 0) wasBlocked = true;
  }
  // A connection attempt in progress retries ever more slowly: a new one is quicker.
  if (wasBlocked) await run('ss', ['-H', '-K', 'state', 'syn-sent', 'dport', '=', `:${ISTIOD_PORT}`]);
}
