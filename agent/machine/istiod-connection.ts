import { run } from './command';

/** Port on which machines reach istiod, at its own address or at the gateway's. */
const ISTIOD_PORT = '15012';
const MARK = ['-m', 'comment', '--comment', 'meshferry-agent'];
/**
 * New connections only: the end of an old one must still reach istiod. They are left unanswered rather than refused,
 * since Envoy would wait ever longer between refused ones.
 */
const REFUSE = ['OUTPUT', '-p', 'tcp', '--syn', '--dport', ISTIOD_PORT, ...MARK, '-j', 'DROP'];
const FAMILIES = ['iptables', 'ip6tables'] as const;

/**
 * Ends the connections to istiod, so that pilot-agent makes a new one and says everything anew, its health too.
 * Envoy and its traffic are not touched. Where there is none, pilot-agent is about to make one by itself.
 *
 * @returns false where the kernel cannot destroy a socket: then only a restart of Istio helps
 */
export async function reconnectToIstiod(): Promise<boolean> {
  const open = await run('ss', ['-H', '-t', 'dport', '=', `:${ISTIOD_PORT}`]);
  if (open.code === 0 && open.stdout.trim() === '') return true;
  const killed = await run('ss', ['-H', '-K', 'dport', '=', `:${ISTIOD_PORT}`]);
  return killed.code === 0 && killed.stdout.trim() !== '';
}

/** Keeps the machine away from istiod while Envoy serves on with what it knows. */
export async function refuseIstiod(): Promise<void> {
  for (const program of FAMILIES) await run(program, ['-w', '5', '-I', ...REFUSE]);
}

/** Lets it to istiod again, at once; harmless where nothing kept it away. */
export async function admitIstiod(): Promise<void> {
  let kept = false;
  for (const program of FAMILIES) {
    while ((await run(program, ['-w', '5', '-D', ...REFUSE])).code === 0) kept = true;
  }
  // A connection that is being made has given up on quick tries: a new one is quicker.
  if (kept) await run('ss', ['-H', '-K', 'state', 'syn-sent', 'dport', '=', `:${ISTIOD_PORT}`]);
}

/**
 * Captures ports, or no longer, without touching other rules: connections that are open go on.
 *
 * @returns false where Istio's rules are not found as they are known
 */
export async function changeCapture(ports: {
  readonly added: readonly number[];
  readonly removed: readonly number[];
}): Promise<boolean> {
  const program = await programOfIstio();
  if (program === undefined) return false;
  const rule = (port: number) => [
    'ISTIO_INBOUND',
    '-p',
    'tcp',
    '--dport',
    String(port),
    '-j',
    'ISTIO_IN_REDIRECT',
  ];
  const nat = (verb: '-A' | '-D', port: number) =>
    run(program, ['-w', '5', '-t', 'nat', verb, ...rule(port)]);
  for (const port of ports.added) if ((await nat('-A', port)).code !== 0) return false;
  for (const port of ports.removed) if ((await nat('-D', port)).code !== 0) return false;
  return true;
}

/** Istio chooses between the two kinds of iptables by itself: the one that holds its chain. */
async function programOfIstio(): Promise<string | undefined> {
  for (const program of ['iptables', 'iptables-legacy', 'iptables-nft']) {
    const rules = await run(program, ['-w', '5', '-t', 'nat', '-S', 'ISTIO_INBOUND']);
    if (rules.code === 0 && rules.stdout.includes('-j ISTIO_IN_REDIRECT')) return program;
  }
  return undefined;
}
