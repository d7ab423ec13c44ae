import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A command to be measured as a whole process. */
export interface Command {
  readonly label: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Puts things in place before each run; not measured. */
  readonly before?: () => void;
}

/** What a command took: medians over its runs. */
export interface Figure {
  readonly label: string;
  /** Wall-clock seconds: median. */
  readonly seconds: number;
  readonly fastest: number;
  readonly slowest: number;
  /** Peak resident memory of its largest process in MiB: median; 0 where the system does not tell. */
  readonly peakMiB: number;
}

/**
 * Runs the commands in turn, A B C A B C, so that a machine that slows down slows all of them; a first round is not
 * counted.
 *
 * @throws Error where a command fails, with what it printed
 */
export async function measure(commands: readonly Command[], runs: number): Promise<Figure[]> {
  const samples = commands.map(() => [] as Sample[]);
  for (let round = -1; round < runs; round++) {
    for (const [index, command] of commands.entries()) {
      command.before?.();
      const sample = await run(command);
      if (round >= 0) samples[index]?.push(sample);
    }
  }
  return commands.map(({ label }, index) => {
    const seconds = (samples[index] ?? []).map((sample) => sample.seconds).sort((a, b) => a - b);
    return {
      label,
      seconds: median(seconds),
      fastest: seconds[0] ?? 0,
      slowest: seconds.at(-1) ?? 0,
      peakMiB: median((samples[index] ?? []).map((sample) => sample.peakMiB).sort((a, b) => a - b)),
    };
  });
}

interface Sample {
  readonly seconds: number;
  readonly peakMiB: number;
}

function run({ label, file, args, cwd, env }: Command): Promise<Sample> {
  return new Promise((done, fail) => {
    const began = process.hrtime.bigint();
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let peakMiB = 0;
    let errors = '';
    const look = () => {
      peakMiB = Math.max(peakMiB, peakOfTree(child.pid ?? 0));
    };
    const timer = setInterval(look, 10);
    child.stderr.on('data', (data: Buffer) => {
      errors += data.toString();
    });
    child.on('error', fail);
    child.on('close', (code) => {
      clearInterval(timer);
      const seconds = Number(process.hrtime.bigint() - began) / 1e9;
      if (code === 0) done({ seconds, peakMiB });
      else fail(new Error(`${label}: ${file} ${args.join(' ')} exited with ${code}\n${errors}`));
    });
  });
}

/** The largest "high water mark" of a process and its children, as Linux counts it. */
function peakOfTree(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const own = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    return Math.max(
      own,
      ...children
        .split(' ')
        .filter(Boolean)
        .map((child) => peakOfTree(Number(child))),
    );
  } catch {
    return 0; // it ended meanwhile, or this is not Linux
  }
}

function median(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
