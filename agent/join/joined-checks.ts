import { Failure } from '../failure';
import type { WorkloadGroup } from '../kubernetes/objects';
import { capturedPorts } from '../machine/capture';
import { certificateEnd } from '../machine/certificate';
import { run } from '../machine/command';
import { isOfUnit } from '../machine/unit-of-process';
import type { Paths } from '../paths';
import { AGENT_UNIT } from './agent-unit';

/** @throws Failure `istio-failed`, if iptables does not hand every declared port to Istio */
export async function checkCapture(group: WorkloadGroup): Promise<string> {
  const captured = await capturedPorts();
  if (captured === 'all') return 'every port is captured';
  const declared = Object.entries(group.spec.template?.ports ?? {});
  const free = declared
    .filter(([, port]) => !captured.includes(port))
    .map(([name, port]) => `${port} (${name})`);
  // Without declared ports, Istio captures all of them.
  if (declared.length > 0 && free.length === 0) return 'every declared port is captured';
  throw new Failure(
    'istio-failed',
    `iptables does not hand ${free.length > 0 ? `port ${free.join(', ')}` : 'every port'} to Istio`,
    'restart Istio, which writes its rules again: systemctl restart istio; then see what removed them (a firewall that was reloaded, iptables -F)',
  );
}

/** @throws Failure `istio-failed`, if the certificate that Istio presents has expired */
export function checkCertificate(paths: Paths, now = new Date()): string {
  const end = certificateEnd(paths.istio.certChain);
  if (!end) return 'Istio has written no certificate yet';
  if (end > now) return `until ${end.toISOString()}`;
  throw new Failure(
    'istio-failed',
    `the certificate of this machine expired at ${end.toISOString()}`,
    'meshferry-agent reconcile, which gives Istio a fresh token; then systemctl restart istio',
  );
}

/** Istio's processes and the agent's. What a captured process is connected to shows at its own socket, too. */
function isOwn(line: string): boolean {
  const pids = [...line.matchAll(/pid=(\d+)/g)].map(([, pid]) => Number(pid));
  return pids.some((pid) => pid === process.pid || isOfUnit(pid, 'istio') || isOfUnit(pid, AGENT_UNIT));
}

/**
 * Where processes of the machine are connected to: each `<address>:<port>` once. Connections that came in, those
 * over loopback, and those of the mesh itself are left out.
 */
export async function outgoingConnections(): Promise<readonly string[]> {
  const [open, listening] = await Promise.all([
    run('ss', ['-H', '-t', '-n', '-p', 'state', 'established']),
    run('ss', ['-H', '-l', '-t', '-n', '-p']),
  ]);
  const local = new Set(listening.stdout.split('\n').flatMap((line) => /:(\d+)\s/.exec(line)?.[1] ?? []));
  const peers = open.stdout.split('\n').flatMap((line) => {
    const [, from, to] = /(\S+:\d+)\s+(\S+:\d+)/.exec(line) ?? [];
    if (isOwn(line)) return [];
    if (from === undefined || to === undefined || /^(127\.|\[::1\]|\[::ffff:127\.)/.test(to)) return [];
    return local.has(from.split(':').at(-1) ?? '') ? [] : to.replace(/^\[::ffff:([\d.]+)\]/, '$1');
  });
  return [...new Set(peers)].sort();
}
