import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from './layout';

/** Memory that a lab's processes hold, in bytes, as its cgroup counts it: their own and shared, no file cache. */
export function memoryInUse(lab: Layout): number | undefined {
  const groups = readFileSync(lab.cgroups, 'utf8').split('\n').filter(Boolean);
  for (const group of groups.map((path) => path.replace(/\/first$/, ''))) {
    const file = join(group, 'memory.stat');
    if (existsSync(file)) return processMemory(readFileSync(file, 'utf8'));
  }
  return undefined;
}

/** Sums what processes hold in a memory.stat of either cgroup version; undefined if it counts nothing. */
export function processMemory(stat: string): number | undefined {
  const numbers = new Map(stat.split('\n').map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
  const own = numbers.get('total_rss') ?? numbers.get('anon');
  if (own === undefined) return undefined;
  return own + (numbers.get('total_shmem') ?? numbers.get('shmem') ?? 0);
}
