import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { MigrationInput } from '../../config';
import { untilWeights } from '../e2e/gitops/observe';
import { Lab } from '../e2e/lab';
import { NAMESPACE, podsReady } from '../e2e/migration';
import { Report, Stop } from '../e2e/report';
import { analytics } from '../e2e/scenario';
import { Vm } from '../e2e/vm';
import { type Walk, withWalk } from '../e2e/walk';

/**
 * Many requests over all phases and back, through a sidecar, on a lab: `npm run soak`. Each phase gets the same number of
 * them. Not in CI: at the rate of two cores a million take a quarter of an hour.
 */
const NAME = 'soak';

interface Options {
  readonly lab: string;
  readonly requests: string;
  readonly connections: string;
}

interface Totals {
  readonly total: number;
  readonly failed: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly reasons?: readonly string[];
}

/** Requests as fast as answers come, from the lab's client pod. */
class FastLoad {
  seen: Totals = { total: 0, failed: 0, answers: {} };
  private readonly ended: Promise<void>;

  constructor(
    private readonly lab: Lab,
    connections: number,
  ) {
    const command = ['/tmp/soak', 'load', `http://analytics.${NAMESPACE}:8080/`, `${connections}`];
    const child = spawn('kubectl', ['exec', '-n', NAMESPACE, 'client', '-c', 'client', '--', ...command], {
      env: { ...process.env, ...lab.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.seen = JSON.parse(line);
    });
    this.ended = new Promise((done) => child.once('close', () => done()));
  }

  /** Waits until so many were answered in all. */
  async until(total: number): Promise<void> {
    for (
      let before = -1, idle = 0;
      this.seen.total < total;
      idle = this.seen.total === before ? idle + 1 : 0
    ) {
      if (idle > 60) throw new Error(`no request is answered any more, after ${this.seen.total}`);
      before = this.seen.total;
      await sleep(500);
    }
  }

  async end(): Promise<Totals> {
    await this.lab
      .kubectl('exec', '-n', NAMESPACE, 'client', '-c', 'client', '--', 'pkill', '-TERM', '-x', 'soak')
      .catch(() => {}); // it has ended by itself
    await this.ended;
    return this.seen;
  }
}

async function main({ lab: name, requests, connections }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-soak-'));
  chmodSync(folder, 0o755); // the kubelet mounts it into pods
  const program = join(folder, 'soak');
  execFileSync('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', program, '.'], {
    cwd: join(__dirname, 'program'),
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: 'inherit',
  });
  const report = new Report();
  const lab = await Lab.up(name);
  try {
    await lab.kubectl('cp', program, `${NAMESPACE}/client:/tmp/soak`, '-c', 'client');
    await withWalk(
      { lab, report, seed: 0 },
      NAME,
      withProgram(analytics(lab), folder),
      async (walk, repository) => {
        await walk.apply('onboard');
        const vm = new Vm(lab, repository, 'vm-soak');
        walk.vm = vm;
        await vm.script('02-start-vm');
        await lab.run('docker', ['cp', program, `${vm.name}:/usr/local/bin/soak`]);
        await vm.script('03-install-service', '--exec', '/usr/local/bin/soak serve vm 8080');
        await vm.join();
        await vm.serves();
        await soak(walk, report, lab, Number(requests), Number(connections));
      },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
    if (!lab.wasUp) await lab.down();
  }
}

/** Every phase and back, each with its part of the requests. */
async function soak(walk: Walk, report: Report, lab: Lab, requests: number, connections: number) {
  const forward = walk.phases;
  const stops = [...forward, ...forward.slice(0, -1).toReversed()];
  const load = new FastLoad(lab, connections);
  for (const [index, phase] of stops.entries()) {
    await report.step(NAME, phase.name, 'none failed', async () => {
      await walk.apply(phase.name);
      if (phase.pods) await podsReady(lab);
      if (phase.vm) await walk.vm?.serves();
      if (phase.weights) await untilWeights(lab, phase.share);
      await load.until(Math.ceil((requests * (index + 1)) / stops.length));
      const { total, failed, answers, reasons } = load.seen;
      if (failed > 0) throw new Error(`${failed} of ${total} failed: ${reasons?.join('; ')}`);
      return `${total} so far: ${Object.entries(answers)
        .map((one) => one.join(' '))
        .join(', ')}`;
    });
  }
  await report.step(NAME, 'all requests', 'none failed', async () => {
    const { total, failed, reasons } = await load.end();
    if (failed > 0 || total < requests)
      throw new Error(`${failed} of ${total} failed: ${reasons?.join('; ')}`);
    return `${total} requests, none failed`;
  });
}

/** The migration whose pods run the program in place of what the image holds. */
function withProgram(declared: MigrationInput & { name: string }, folder: string): MigrationInput {
  return {
    ...declared,
    kubernetes: {
      ...declared.kubernetes,
      podTemplate: {
        spec: {
          volumes: [{ name: 'soak', hostPath: { path: folder } }],
          containers: [
            {
              name: 'analytics',
              command: ['/soak/soak', 'serve', 'pods', '8080'],
              volumeMounts: [{ name: 'soak', mountPath: '/soak' }],
            },
          ],
        },
      },
    },
  };
}

const options = new Command('soak')
  .description('Sends many requests over all phases and back, on a real cluster; none may fail.')
  .option('--lab <name>', 'lab to play on; it is brought up where it does not run', 'soak')
  .option('--requests <number>', 'how many, at least', '1000000')
  .option('--connections <number>', 'how many at once', '8')
  .parse()
  .opts<Options>();
main(options).catch((error: Error) => {
  if (!(error instanceof Stop)) console.error(`✖ ${error.message}`);
  process.exitCode = 1;
});
