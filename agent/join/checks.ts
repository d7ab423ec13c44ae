import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { Failure } from '../failure';
import type { WorkloadGroup } from '../kubernetes/objects';
import { listens } from '../machine/addresses';
import { isInstalled, run } from '../machine/command';
import { type Distribution, readDistribution } from '../machine/distribution';
import { NEEDED_PROGRAMS } from '../machine/package';
import type { Paths } from '../paths';
import { publishedPorts } from './published-ports';

/** Free space that the machine needs in addition to the package: for logs and state. */
const NEEDED_BYTES = 64 << 20;
/** Tokens and certificates are valid from the second they are issued: a larger difference breaks them. */
const MAX_SKEW_SECONDS = 60;
/** Ports that Istio opens on the machine. */
const ISTIO_PORTS = [15000, 15001, 15004, 15006, 15020, 15021, 15053, 15090];

/** @throws Failure `not-root` */
export function checkRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new Failure('not-root', 'this changes the machine, and you are not root', 'run it with sudo');
  }
}

/** @throws Failure `no-systemd` */
export async function checkSystemd(paths: Paths): Promise<string> {
  const state = (await run('systemctl', ['is-system-running'])).stdout.trim();
  if (!existsSync(paths.systemd) || state === 'offline' || state === '') {
    throw new Failure(
      'no-systemd',
      'systemd does not run this machine',
      'use a machine (or a container with /sbin/init as its command) that systemd runs',
    );
  }
  const version = /^systemd (\d+)/.exec((await run('systemctl', ['--version'])).stdout)?.[1];
  return `systemd ${version ?? ''} ${state}`;
}

/** @throws Failure `unknown-distribution` */
export function checkDistribution(paths: Paths): Distribution {
  return readDistribution(paths.osRelease);
}

/** @throws Failure `missing-program`, which names every missing program */
export async function checkPrograms({ type }: Distribution): Promise<void> {
  const missing: string[] = [];
  for (const program of NEEDED_PROGRAMS) if (!(await isInstalled(program))) missing.push(program);
  if (missing.length === 0) return;
  const packages = missing.map((program) =>
    program === 'ip' ? (type === 'deb' ? 'iproute2' : 'iproute') : program,
  );
  throw new Failure(
    'missing-program',
    `Istio needs ${missing.join(', ')}, which this machine lacks`,
    `install: ${type === 'deb' ? 'apt-get' : 'dnf'} install ${packages.join(' ')}`,
  );
}

/** Which kind of firewall iptables drives: `nf_tables`, or `legacy`. @throws Failure `missing-program` */
export async function checkFirewall(): Promise<string> {
  const version = await run('iptables', ['--version']);
  const table = await run('iptables', ['-w', '5', '-t', 'nat', '-L', 'OUTPUT', '-n']);
  if (version.code !== 0 || table.code !== 0) {
    throw new Failure(
      'missing-program',
      `iptables cannot read the nat table: ${table.stderr.trim().split('\n')[0]}`,
      'load the kernel modules (modprobe iptable_nat nf_nat), or use iptables-nft: update-alternatives --config iptables',
    );
  }
  return `iptables ${/\((\w+)\)/.exec(version.stdout)?.[1] ?? 'legacy'}`;
}

/** @throws Failure `disk-full` or `read-only` */
export function checkDisk(paths: Paths): string {
  for (const folder of ['/etc', '/usr/local/bin', '/var/lib', '/var/log']) {
    if (!existsSync(folder)) continue;
    try {
      accessSync(folder, constants.W_OK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EROFS') throw error;
      throw new Failure(
        'read-only',
        `${folder} is read-only`,
        `mount it writable: mount -o remount,rw ${folder}`,
      );
    }
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < NEEDED_BYTES) {
      throw new Failure(
        'disk-full',
        `${folder} has ${Math.floor((bavail * bsize) / 2 ** 20)} MB left, and ${NEEDED_BYTES >> 20} MB are needed`,
        'free some room, then run it again',
      );
    }
  }
  const { bavail, bsize } = statfsSync(existsSync(paths.state) ? paths.state : '/var/lib');
  return `${Math.floor((bavail * bsize) / 2 ** 30)} GB free`;
}

/**
 * @param clocks the API server's clock, and the machine's at that moment
 * @throws Failure `clock`
 */
export function checkClock(clocks: { readonly server: Date; readonly machine: Date } | undefined): string {
  if (!clocks) return 'clock not compared';
  const seconds = Math.round((clocks.machine.getTime() - clocks.server.getTime()) / 1000);
  if (Math.abs(seconds) > MAX_SKEW_SECONDS) {
    throw new Failure(
      'clock',
      `this machine's clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the API server's: tokens and certificates will not be valid`,
      'set the clock: timedatectl set-ntp true',
    );
  }
  return `clock within ${Math.max(1, Math.abs(seconds))} s`;
}

/**
 * Looks for another sidecar, and for other processes on Istio's ports. Istio's own processes are ignored.
 *
 * @throws Failure `another-sidecar`
 */
export async function checkOtherSidecar(): Promise<void> {
  const sockets = await run('ss', ['-H', '-l', '-t', '-n', '-p']);
  for (const line of sockets.stdout.split('\n')) {
    const port = Number(/:(\d+)\s+\S+\s*(?:users|$)/.exec(line.trim())?.[1] ?? /:(\d+)\s/.exec(line)?.[1]);
    if (!ISTIO_PORTS.includes(port)) continue;
    const pid = Number(/pid=(\d+)/.exec(line)?.[1]);
    const name = /\("([^"]+)"/.exec(line)?.[1] ?? 'another process';
    if (pid && isOfIstioUnit(pid)) continue;
    throw new Failure(
      'another-sidecar',
      `port ${port}, which Istio needs, is taken by ${name}${pid ? ` (process ${pid})` : ''}`,
      'stop it (systemctl status <pid> says what started it), then run it again',
    );
  }
  for (const unit of ['consul', 'kuma-dp', 'linkerd-proxy', 'envoy', 'smm-agent']) {
    if ((await run('systemctl', ['is-active', '--quiet', unit])).code !== 0) continue;
    throw new Failure(
      'another-sidecar',
      `another sidecar runs on this machine: ${unit}.service`,
      `stop it first: systemctl disable --now ${unit}`,
    );
  }
}

function isOfIstioUnit(pid: number): boolean {
  try {
    return /istio\.service/.test(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
  } catch {
    return true;
  }
}

/**
 * Finds declared ports on which the service does not answer.
 *
 * @returns e.g. `grpc (8082)`
 */
export async function silentPorts(group: WorkloadGroup, nodeIp: string): Promise<string[]> {
  const silent: string[] = [];
  for (const [name, port] of Object.entries(group.spec.template?.ports ?? {})) {
    if (!((await listens(port)) || (await listens(port, nodeIp)))) silent.push(`${name} (${port})`);
  }
  return silent;
}

/** @throws Failure `no-service` if nothing listens on any declared port; single silent ports are only reported */
export async function checkService(group: WorkloadGroup, nodeIp: string): Promise<string> {
  const all = Object.keys(group.spec.template?.ports ?? {});
  const silent = await silentPorts(group, nodeIp);
  if (silent.length > 0 && silent.length === all.length) {
    throw new Failure(
      'no-service',
      `nothing listens on the declared ports: ${silent.join(', ')}`,
      'start the service, or correct vm.ports in the migration',
    );
  }
  return silent.length === 0
    ? 'the service listens on every declared port'
    : `nothing listens on ${silent.join(', ')}`;
}

/**
 * Docker and similar programs forward a published port to a container either before or after Istio sees the packet,
 * depending on which of the two started first. In one of the cases callers in the mesh speak TLS to a service that
 * does not.
 *
 * @throws Failure `published-port`
 */
export async function checkPublishedPorts(group: WorkloadGroup): Promise<void> {
  const declared = Object.entries(group.spec.template?.ports ?? {});
  for (const program of ['iptables', 'iptables-legacy']) {
    const rules = await run(program, ['-w', '5', '-t', 'nat', '-S']);
    const published = publishedPorts(rules.code === 0 ? rules.stdout : '');
    const taken = declared
      .filter(([, port]) => published.has(port))
      .map(([name, port]) => `${port} (${name})`);
    if (taken.length === 0) continue;
    throw new Failure(
      'published-port',
      `a container has the declared port ${taken.join(', ')} published by iptables, so that Istio may never see what comes in`,
      'run the container in the network of the machine (docker run --network host), or its service outside of one',
    );
  }
}
