import { run } from './command';

/** Port on which machines reach istiod, at its own address or at the gateway's. */
const ISTIOD_PORT = '15012';
const RULE = [
  '-p',
  'tcp',
  '--dport',
  ISTIOD_PORT,
  '-m',
  'comment',
  '--comment',
  'meshferry-agent',
  '-j',
  'REJECT',
  '--reject-with',
  'tcp-reset',
];

/**
 * Ends the connections to istiod, so that pilot-agent makes a new one and says everything anew, its health too.
 * Envoy and its traffic are not touched. Kernels that cannot destroy a socket reset the connection instead.
 */
export async function reconnectToIstiod(address?: string): Promise<void> {
  const filter = address
    ? ['dst', address, 'dport', '=', `:${ISTIOD_PORT}`]
    : ['dport', '=', `:${ISTIOD_PORT}`];
  const killed = await run('ss', ['-H', '-K', ...filter]);
  if (killed.code === 0 && killed.stdout.trim() !== '') return;
  await refuseIstiod();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await admitIstiod();
}

/** Keeps the machine away from istiod while Envoy serves on with what it knows. */
export async function refuseIstiod(): Promise<void> {
  for (const program of ['iptables', 'ip6tables'])
    await run(program, ['-w', '5', '-I', 'OUTPUT', '1', ...RULE]);
}

/** Lets it to istiod again; harmless where nothing kept it away. */
export async function admitIstiod(): Promise<void> {
  for (const program of ['iptables', 'ip6tables']) {
    while ((await run(program, ['-w', '5', '-D', 'OUTPUT', ...RULE])).code === 0);
  }
}

/** Captures ports, or no longer, without touching the rules of others: connections that are open go on. */
export async function changeCapture({
  added,
  removed,
}: {
  readonly added: readonly number[];
  readonly removed: readonly number[];
}): Promise<boolean> {
  const rule = (port: number) => [
    'ISTIO_INBOUND',
    '-p',
    'tcp',
    '--dport',
    String(port),
    '-j',
    'ISTIO_IN_REDIRECT',
  ];
  const results = [];
  for (const port of added)
    results.push(await run('iptables', ['-w', '5', '-t', 'nat', '-A', ...rule(port)]));
  for (const port of removed)
    results.push(await run('iptables', ['-w', '5', '-t', 'nat', '-D', ...rule(port)]));
  return results.every(({ code }) => code === 0);
}
