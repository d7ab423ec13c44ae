import { readFileSync } from 'node:fs';

/**
 * When a process started, in clock ticks since the machine's start, together with which start of the machine
 * that was. A pid alone may have gone to another process since it was written down.
 *
 * @returns undefined if there is no such process, or only its unreaped remains
 */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}
