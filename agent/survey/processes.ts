import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** A process as /proc shows it at one moment. */
export interface Process {
  readonly pid: number;
  /** The unit of systemd that it belongs to; absent: to none. */
  readonly unit?: string;
  readonly command: readonly string[];
  /** Inodes of its sockets. */
  readonly sockets: readonly string[];
  /** Regular files that it has open. */
  readonly files: readonly string[];
  /** Time on processors since it began, in hundredths of a second. */
  readonly ticks: number;
  readonly memoryKiB: number;
}

/** The processes that run now. One that ends meanwhile, or may not be looked at, is left out. */
export function processes(proc: string): Process[] {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [processOf(join(proc, name), Number(name))];
      } catch {
        return [];
      }
    });
}

function processOf(folder: string, pid: number): Process {
  const text = (file: string) => readFileSync(join(folder, file), 'utf8');
  const opened = readdirSync(join(folder, 'fd')).flatMap((fd) => {
    try {
      return [readlinkSync(join(folder, 'fd', fd))];
    } catch {
      return []; // closed meanwhile
    }
  });
  // Names may hold spaces and brackets: the fields begin behind the last bracket.
  const stat = text('stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const unit = unitOf(text('cgroup'));
  return {
    pid,
    ...(unit && { unit }),
    command: text('cmdline').split('\0').slice(0, -1),
    sockets: opened.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []),
    files: opened.filter(isOwnFile),
    ticks: Number(fields[11]) + Number(fields[12]),
    memoryKiB: Number(/^VmRSS:\s+(\d+)/m.exec(text('status'))?.[1] ?? 0),
  };
}

/** The innermost unit of a control group; on a machine that is a container, outer ones stand before it. */
export function unitOf(cgroup: string): string | undefined {
  return [...cgroup.matchAll(/\/([^/\n]+\.service)(?=\/|$)/gm)].at(-1)?.[1];
}

/** Whether a path is a file that somebody put there, not one of the kernel's. */
export function isOwnFile(path: string): boolean {
  return path.startsWith('/') && !/^\/(dev|proc|run|sys|memfd:)/.test(path) && !path.endsWith(' (deleted)');
}

/** Variables of a process: names, and values where they are wanted. */
export function environmentOf(
  proc: string,
  pid: number,
  values: boolean,
): { name: string; value?: string }[] {
  let text: string;
  try {
    text = readFileSync(join(proc, String(pid), 'environ'), 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\0')
    .filter((entry) => entry.includes('='))
    .map((entry) => {
      const at = entry.indexOf('=');
      return { name: entry.slice(0, at), ...(values && { value: entry.slice(at + 1) }) };
    })
    .filter(({ name }) => !BY_SYSTEMD.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What systemd and a login set for every process; systemd.exec(5). */
const BY_SYSTEMD =
  /^(PATH|LANG|LC_.*|HOME|LOGNAME|USER|SHELL|PWD|OLDPWD|SHLVL|_|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_.*|NOTIFY_SOCKET|MAINPID|LISTEN_.*|MEMORY_PRESSURE_.*|container|container_.*)$/;

/** File systems that a process sees beside the root. */
export function mountsOf(proc: string, pid: number): { path: string; type: string; source: string }[] {
  let text: string;
  try {
    text = readFileSync(join(proc, String(pid), 'mountinfo'), 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const path = before.split(' ')[4] ?? '';
    const [type = '', source = ''] = after.split(' ');
    const own =
      isOwnFile(path) && path !== '/' && !path.startsWith('/etc/') && !/^(tmpfs|overlay)$/.test(type);
    return own && source !== 'none' ? [{ path, type, source }] : [];
  });
}
