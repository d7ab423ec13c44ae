import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADDRESSES, VM_NETWORKS } from '../addresses';
import { LAB_SOURCE } from '../paths';
import { processStart } from '../process-id';
import { type RunOptions, run } from '../run';
import { type Layout, layout } from './layout';

const script = (name: string) => join(LAB_SOURCE, 'local', name);

/** The two processes that a lab hangs on: kill either, and the kernel ends the other and all inside. */
export interface FirstProcess {
  /** `unshare`, outside. */
  readonly outer: number;
  /** The first process inside. */
  readonly first: number;
}

/** The lab's first process, if it runs: a pid that another process has by now, or another boot, does not count. */
export function findFirst(lab: Layout): FirstProcess | undefined {
  let recorded: string;
  try {
    recorded = readFileSync(lab.pids, 'utf8');
  } catch {
    return undefined;
  }
  const [outer, first, ticks, boot] = recorded.trim().split(' ');
  if (processStart(Number(first)) !== `${boot}:${ticks}`) return undefined;
  return { outer: Number(outer), first: Number(first) };
}

/** Names of the labs that run, from the folder that holds a state folder for each. */
export function runningLabs(states: string): string[] {
  if (!existsSync(states)) return [];
  return readdirSync(states).filter((name) => findFirst(layout(join(states, name))));
}

/** Whether this program itself runs inside the lab, by `lab:shell`. */
export function isInside(lab: Layout): boolean {
  return process.env.MESHFERRY_LAB_INSIDE === lab.state;
}

/** Starts the first process in new namespaces, with folders for what the lab keeps. */
export async function startFirst(lab: Layout, name: string): Promise<void> {
  for (const folder of [lab.logs, lab.run, lab.answered, lab.configs, lab.bin, lab.temporary]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const isolated = VM_NETWORKS.filter((network) => network.isolated).map(({ subnet }) => subnet);
  const printed = await run('bash', [script('start.sh'), lab.state, name], {
    env: {
      LAB_NODE_ADDRESS: ADDRESSES.node,
      LAB_ISOLATED: isolated.join(' '),
      LAB_UNREACHABLE: [ADDRESSES.pods, ADDRESSES.services].join(' '),
    },
  });
  const [outer, first] = printed.trim().split(' ');
  const start = processStart(Number(first));
  if (!start) throw new Error(`the lab's first process ended at once: see ${lab.logs}/first.log`);
  const [boot, ticks] = start.split(':');
  await writeFile(lab.pids, `${outer} ${first} ${ticks} ${boot}\n`);
}

/**
 * Ends the lab, if it runs, and removes what a dead one leaves: empty cgroups and its state.
 *
 * @throws Error if a process of it is still there after ten seconds
 */
export async function removeLab(lab: Layout): Promise<void> {
  const running = findFirst(lab);
  if (running) {
    process.kill(running.first, 'SIGKILL');
    await gone(running);
  }
  await removeCgroups(lab);
  await rm(lab.state, { recursive: true, force: true });
}

/** Runs a command inside the lab. */
export function runInside(lab: Layout, command: readonly string[], options?: RunOptions): Promise<string> {
  return run('bash', [script('enter.sh'), lab.state, ...command], options);
}

/** Starts a program inside the lab that goes on running, unless it does already. Its log is logs/NAME.log. */
export async function spawnInside(
  lab: Layout,
  name: string,
  command: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<void> {
  await runInside(lab, ['bash', script('spawn.sh'), lab.state, name, ...command], { env });
}

async function gone({ outer, first }: FirstProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (!processStart(outer) && !processStart(first)) return;
    await sleep(50);
  }
  throw new Error(`process ${first} of the lab does not end: see \`ps -fp ${first},${outer}\``);
}

async function removeCgroups(lab: Layout): Promise<void> {
  let groups: string[];
  try {
    groups = readFileSync(lab.cgroups, 'utf8').split('\n').filter(Boolean);
  } catch {
    return;
  }
  for (const group of groups) {
    const own = group.replace(/\/first$/, '');
    // the kernel takes a moment to see that a killed process has left its group
    await run('sh', [
      '-c',
      'for i in 1 2 3 4 5 6 7 8 9 10; do [ -d "$0" ] || exit 0; find "$0" -depth -type d -exec rmdir {} + 2>/dev/null && exit 0; sleep 0.1; done',
      own,
    ]);
    await run('sh', ['-c', 'rmdir "$0" 2>/dev/null || true', dirname(own)]); // another lab's may be beside it
  }
}
