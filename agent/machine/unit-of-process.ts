import { readFileSync } from 'node:fs';

/** Whether systemd runs a process as part of a unit; false for one that has ended. */
export function isOfUnit(pid: number, unit: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/${unit}.service`);
  } catch {
    return false;
  }
}
