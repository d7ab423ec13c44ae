import { readFileSync, readlinkSync } from 'node:fs';
import { request } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Survey, SurveyedPort, SurveyedService } from '../../text/survey';
import { pause } from '../pause';
import { environmentOf, isOwnFile, mountsOf, type Process, processes } from './processes';
import { isLoopback, parseSockets, type TcpSocket } from './sockets';
import { filesNamed, imageOf, packagesOf, type Unit, unitSettings } from './unit';

/** How a machine is surveyed. */
export interface SurveyOptions {
  /** How long connections and resources are watched, in seconds. */
  readonly seconds: number;
  /** Whether values of the environment are told, not names alone. */
  readonly values: boolean;
  /** Whether each port is asked by one GET / whether it speaks HTTP. */
  readonly ask: boolean;
  /** Where the kernel shows processes. @default /proc */
  readonly proc?: string;
  /** @default /etc/os-release */
  readonly osRelease?: string;
  /** Unit of a process. @default that of its control group */
  readonly unitOf?: (process: Process) => string | undefined;
  /** What is known of a unit. @default what systemd says */
  readonly settings?: (unit: string) => Promise<Unit>;
}

/** Units of the system itself and of the mesh. */
const NOT_SERVICES =
  /^(systemd-.*|dbus|ssh|sshd|ssh@.*|istio|meshferry-agent|chrony|chronyd|cron|rpcbind|docker|containerd|exim4|postfix|user@.*)\.service$/;

const HUNDREDTHS = 100;
/** Which files a service has open can be thousands: those that were seen first are told. */
const MOST_FILES = 40;

/** Looks at the machine for a while, and changes nothing. */
export async function survey(options: SurveyOptions): Promise<Survey> {
  const { proc = '/proc', unitOf = ({ unit }) => unit, settings = unitSettings } = options;
  const watched = new Map<string, Watched>();
  const leftOut = new Set<string>();
  const began = Date.now();
  for (let second = 0; second === 0 || Date.now() - began < options.seconds * 1000; second++) {
    if (second > 0) await pause(Math.min(1000, options.seconds * 1000));
    const sockets = socketsIn(proc);
    const all = processes(proc).map((process) => ({ ...process, unit: unitOf(process) }));
    for (const process of all) {
      const own = process.sockets.flatMap((inode) => sockets.get(inode) ?? []);
      const listening = own.filter(({ state }) => state === 'listening');
      const { unit } = process;
      if (listening.length === 0) continue;
      const numbers = [...new Set(listening.map(({ local }) => local.port))].join(', ');
      if (unit === undefined)
        leftOut.add(`${process.command[0] ?? process.pid} listens on ${numbers} and is no unit of systemd`);
      else if (NOT_SERVICES.test(unit))
        leftOut.add(`${unit}, which is the system's or the mesh's, listens on ${numbers}`);
      else if (!watched.has(unit)) watched.set(unit, new Watched(process));
    }
    for (const [unit, one] of watched)
      one.look(
        all.filter((process) => process.unit === unit),
        sockets,
      );
  }
  const elapsed = Math.max(0.001, (Date.now() - began) / 1000);
  const services: SurveyedService[] = [];
  for (const [unit, one] of [...watched].sort(([a], [b]) => (a < b ? -1 : 1)))
    services.push(await one.told(unit, await settings(unit), { ...options, proc, elapsed }));
  const image = imageOf(options.osRelease ?? '/etc/os-release');
  return {
    host: hostname(),
    ...(image && { image }),
    seconds: options.seconds,
    services,
    leftOut: [...leftOut].sort(),
  };
}

/** What is seen of one unit, look by look. */
class Watched {
  private readonly ports = new Map<number, boolean>();
  private readonly peers = new Set<string>();
  private readonly callers = new Set<string>();
  private readonly files = new Set<string>();
  private readonly ticks = new Map<number, { readonly first: number; last: number }>();
  private memoryKiB = 0;

  /** @param main the process that listens */
  constructor(private readonly main: Process) {}

  look(all: readonly Process[], sockets: ReadonlyMap<string, TcpSocket>): void {
    const own = all.flatMap((process) => process.sockets.flatMap((inode) => sockets.get(inode) ?? []));
    for (const { local, state } of own)
      if (state === 'listening')
        this.ports.set(local.port, isLoopback(local.address) && (this.ports.get(local.port) ?? true));
    for (const { local, remote, state } of own) {
      if (state !== 'established') continue;
      if (this.ports.has(local.port)) this.callers.add(remote.address);
      else this.peers.add(`${remote.address}:${remote.port}`);
    }
    for (const { pid, ticks, files } of all) {
      const known = this.ticks.get(pid);
      if (known) known.last = ticks;
      else this.ticks.set(pid, { first: ticks, last: ticks });
      for (const file of files) if (this.files.size < MOST_FILES) this.files.add(file);
    }
    this.memoryKiB = Math.max(
      this.memoryKiB,
      all.reduce((sum, { memoryKiB }) => sum + memoryKiB, 0),
    );
  }

  async told(
    unit: string,
    { user, group, workingDirectory, environmentFiles }: Unit,
    { proc, values, ask, elapsed }: SurveyOptions & { readonly proc: string; readonly elapsed: number },
  ): Promise<SurveyedService> {
    const { pid, command } = this.main;
    const program = linkOf(join(proc, String(pid), 'exe')) ?? command[0] ?? '';
    const ticks = [...this.ticks.values()].reduce((sum, { first, last }) => sum + last - first, 0);
    const ports: SurveyedPort[] = [];
    for (const [number, loopback] of [...this.ports].sort(([a], [b]) => a - b))
      ports.push({ number, loopback, ...(ask && { http: await httpStatus(number) }) });
    return {
      name: dnsLabel(unit),
      unit,
      user,
      group,
      command: [program, ...command.slice(1)],
      workingDirectory,
      packages: await packagesOf(program),
      ports,
      environment: environmentOf(proc, pid, values),
      files: [...new Set([...environmentFiles, ...filesNamed(command), ...this.files])]
        .filter(isOwnFile)
        .sort(),
      mounts: mountsOf(proc, pid),
      peers: [...this.peers].sort(),
      callers: [...this.callers].sort(),
      cpu: Math.round((ticks / HUNDREDTHS / elapsed) * 1000) / 1000,
      memoryMiB: Math.round(this.memoryKiB / 1024),
    };
  }
}

function socketsIn(proc: string): Map<string, TcpSocket> {
  const tables = ['net/tcp', 'net/tcp6'].flatMap((file) => {
    try {
      return parseSockets(readFileSync(join(proc, file), 'utf8'));
    } catch {
      return []; // a kernel without IPv6
    }
  });
  return new Map(tables.map((socket) => [socket.inode, socket]));
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The name of a unit as Kubernetes takes one. */
export function dnsLabel(unit: string): string {
  const name = unit
    .replace(/\.service$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'service' : name;
}

/** Status that GET / is answered with; null where the answer is no HTTP, or there is none. */
function httpStatus(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path: '/', timeout: 3000 }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? null);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(null));
    asked.once('close', () => resolve(null));
    asked.end();
  });
}
