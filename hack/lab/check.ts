import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { layout } from './local/layout';
import { findFirst } from './local/namespaces';
import { VM_IMAGE } from './parts/images';
import { stateDirectory } from './paths';
import { processStart } from './process-id';
import { lastLines, run } from './run';

// Proves what the local provider promises about this machine, with two labs of its own. Needs root, and takes a few
// minutes once the parts are built. Run by hand: npm run lab:check

const ONE = 'check-one';
const OTHER = 'check-other';
const LAB = ['-r', 'ts-node/register/transpile-only', join(__dirname, 'main.ts')];

/** Runs `lab COMMAND` for one of the two labs. */
const lab = (name: string, command: string, ...args: string[]) =>
  run(process.execPath, [...LAB, command, '--name', name, '--provider', 'local', ...args]);
const inLab = (name: string, ...command: string[]) => lab(name, 'shell', ...command);
const paths = (name: string) => layout(stateDirectory(name));

/** What of this machine a lab must leave as it was. */
async function machine(): Promise<Record<string, string>> {
  const rules = async (command: string) =>
    (await run(command, [])).replace(/^#.*$/gm, '').replace(/\[\d+:\d+\]/g, '');
  return {
    interfaces: await run('ip', ['-brief', 'address']),
    routes: await run('ip', ['route', 'show', 'table', 'all']),
    'iptables rules': (await rules('iptables-save')) + (await rules('ip6tables-save')),
    mounts: readFileSync('/proc/self/mounts', 'utf8'),
    forwarding: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'),
    hostname: await run('hostname', []),
  };
}

/** Every process of a lab, pods and VMs included: all that its cgroups hold. */
async function processesOf(name: string): Promise<Set<string>> {
  const files = ['/sys/fs/cgroup', '-path', `*/meshferry-lab/${name}/*`, '-name', 'cgroup.procs'];
  const pids = await run('find', [...files, '-exec', 'cat', '{}', '+']);
  return new Set(pids.split('\n').filter(Boolean));
}

function same(before: Record<string, string>, after: Record<string, string>): string {
  for (const [what, text] of Object.entries(before)) {
    if (after[what] !== text) throw new Error(`${what} changed:\n${text}\n--- is now\n${after[what]}`);
  }
  return Object.keys(before).join(', ');
}

function expect(truth: boolean, message: string): void {
  if (!truth) throw new Error(message);
}

async function isUp(name: string): Promise<string> {
  const report = JSON.parse(await lab(name, 'status', '--json'));
  expect(report.up, `not all of ${name} answers: ${JSON.stringify(report.parts)}`);
  return `${report.parts.length} parts answer, ${Math.round(report.memoryBytes / 2 ** 20)} MiB`;
}

async function kill(name: string): Promise<string> {
  const first = findFirst(paths(name));
  if (!first) throw new Error(`${name} does not run`);
  const before = await processesOf(name);
  process.kill(first.first, 'SIGKILL');
  for (let tries = 0; tries < 100 && processStart(first.outer); tries++) await sleep(50);
  const left = await processesOf(name);
  expect(left.size === 0, `processes are left: ${[...left].join(', ')}`);
  return `${before.size} processes before, 0 after`;
}

async function main(): Promise<void> {
  let failed = false;
  const step = async (expected: string, work: () => Promise<string>) => {
    if (failed) return;
    const start = Date.now();
    const seen = await work().catch((error: Error) => {
      failed = true;
      return `✖ ${error.message}`;
    });
    const seconds = ((Date.now() - start) / 1000).toFixed(1).padStart(6);
    process.stdout.write(`${failed ? '✖' : '✓'} ${seconds} s  ${expected}: ${seen}\n`);
  };

  await lab(ONE, 'down');
  await lab(OTHER, 'down');
  const before = await machine();
  const vm = ['--privileged', '--cgroupns=host', '--network=kind', '--tmpfs', '/run', '--tmpfs', '/run/lock'];
  const startVm = [
    'docker',
    'run',
    '--detach',
    '--name',
    'vm',
    ...vm,
    '--volume',
    '/sys/fs/cgroup:/sys/fs/cgroup',
  ];

  await step('a lab comes up', async () => lastLines(await lab(ONE, 'up').then(() => isUp(ONE)), 1));
  await step('a VM runs systemd in it', async () => {
    await inLab(ONE, ...startVm, VM_IMAGE);
    const state = await inLab(ONE, 'docker', 'exec', 'vm', 'systemctl', 'is-system-running', '--wait');
    expect(state.trim() === 'running', `systemd says ${state}`);
    return state.trim();
  });
  await step('the machine is as it was', async () => same(before, await machine()));
  await step('up again finds it up', () => lab(ONE, 'up').then(() => isUp(ONE)));
  await step('a second up of the same lab waits for nobody', async () => {
    const both = await Promise.allSettled([lab(OTHER, 'up'), sleep(3000).then(() => lab(OTHER, 'up'))]);
    const refusals = both.filter((result) => result.status === 'rejected');
    expect(refusals.length === 1, `${refusals.length} of two were refused`);
    const message = String((refusals[0] as PromiseRejectedResult).reason.message);
    expect(message.includes('worked on by process'), message);
    return 'one comes up, the other is told which process has it';
  });
  await step('two labs stand side by side', async () => `${await isUp(ONE)}; ${await isUp(OTHER)}`);
  await step('kill -9 of the first process ends one', () => kill(ONE));
  await step('the machine is as it was', async () => same(before, await machine()));
  await step('the other lab does not notice', () => isUp(OTHER));
  await step('the killed one comes up again', () => lab(ONE, 'up').then(() => isUp(ONE)));
  await step('down leaves nothing', async () => {
    const pids = await processesOf(ONE);
    await lab(ONE, 'down');
    const left = [...pids].filter((pid) => existsSync(`/proc/${pid}`));
    expect(left.length === 0, `processes are left: ${left.join(', ')}`);
    expect(!existsSync(paths(ONE).state), `${paths(ONE).state} is left`);
    const groups = await run('find', ['/sys/fs/cgroup', '-type', 'd', '-path', `*/meshferry-lab/${ONE}*`]);
    expect(groups === '', `cgroups are left:\n${groups}`);
    return `${pids.size} processes before; no process, no cgroup, no state after; ${same(before, await machine())}`;
  });
  await step('an up that is killed half-way can be run again', async () => {
    await lab(ONE, 'down');
    const half = spawn(process.execPath, [...LAB, 'up', '--name', ONE, '--provider', 'local'], {
      stdio: 'ignore',
    });
    await sleep(6000);
    half.kill('SIGKILL');
    await lab(ONE, 'up');
    return isUp(ONE);
  });
  await step('down of both', async () => {
    await lab(ONE, 'down');
    await lab(OTHER, 'down');
    return same(before, await machine());
  });
  process.exitCode = failed ? 1 : 0;
}

void main();
