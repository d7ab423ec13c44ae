import { run } from './command';

/**
 * Ports whose connections iptables hands to Istio.
 *
 * @returns `all`: a rule without a port; none: Istio's rules, or the jump to them, are not there
 */
export async function capturedPorts(): Promise<readonly number[] | 'all'> {
  const program = await programOfIstio();
  if (program === undefined) return [];
  const [jump, rules] = await Promise.all(
    ['PREROUTING', 'ISTIO_INBOUND'].map((chain) => run(program, ['-w', '5', '-t', 'nat', '-S', chain])),
  );
  if (!jump?.stdout.includes('-j ISTIO_INBOUND')) return [];
  const redirects = (rules?.stdout ?? '').split('\n').filter((rule) => rule.endsWith('-j ISTIO_IN_REDIRECT'));
  const ports = redirects.map((rule) => / --dport (\d+) /.exec(rule)?.[1]);
  return ports.includes(undefined) ? 'all' : ports.map(Number);
}

/**
 * Starts or ends the capture of ports without touching other rules, so that open connections continue.
 *
 * @returns false if Istio's rules are not found in the form that is expected
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

/** Istio chooses between the kinds of iptables by itself: the one that holds its chain. */
async function programOfIstio(): Promise<string | undefined> {
  for (const program of ['iptables', 'iptables-legacy', 'iptables-nft']) {
    const rules = await run(program, ['-w', '5', '-t', 'nat', '-S', 'ISTIO_INBOUND']);
    if (rules.code === 0 && rules.stdout.includes('-j ISTIO_IN_REDIRECT')) return program;
  }
  return undefined;
}
