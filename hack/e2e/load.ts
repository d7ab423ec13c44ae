import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from './lab';
import { NAMESPACE } from './migration';

/** What a load sent, and who answered. */
export interface Totals {
  readonly total: number;
  readonly failed: number;
  readonly answers: Readonly<Record<string, number>>;
  /** When, in seconds since 1970 and since the load began, and why; the first 200. */
  readonly failures: readonly { readonly at: number; readonly second: number; readonly reason: string }[];
}

interface Second {
  readonly second: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly failed: number;
}

/** What a load is made of. */
export interface LoadOptions {
  /** `http://HOST:PORT/` or `tcp://HOST:PORT`. */
  readonly url: string;
  /** Requests a second. */
  readonly rate: number;
  /** Seconds after which it ends by itself. */
  readonly seconds: number;
  /** Host header. @default that of the URL */
  readonly host?: string;
  /** A connection for each request, as a tcp route is chosen by connection. @default false */
  readonly newConnections?: boolean;
}

/** A bounded, counted load from the lab's client pod, through its sidecar. */
export class Load {
  private readonly seconds: Second[] = [];
  private readonly ended: Promise<Totals>;
  private readonly process: ChildProcess;
  private readonly args: readonly string[];

  constructor(
    private readonly lab: Lab,
    options: LoadOptions,
  ) {
    const { url, rate, seconds, host, newConnections } = options;
    const optional = [...(host ? ['--host', host] : []), ...(newConnections ? ['--new-connections'] : [])];
    this.args = ['--seconds', String(seconds), '--rate', String(rate), ...optional, url];
    const command = ['exec', '-n', NAMESPACE, 'client', '-c', 'client', '--', 'load', ...this.args];
    this.process = spawn('kubectl', command, {
      env: { ...process.env, ...lab.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    this.process.stderr?.on('data', (data) => {
      errors += data;
    });
    this.ended = new Promise((done, fail) => {
      let totals: Totals | undefined;
      if (!this.process.stdout) return;
      createInterface({ input: this.process.stdout }).on('line', (line) => {
        const data = JSON.parse(line);
        if ('total' in data) totals = data;
        else this.seconds.push(data);
      });
      this.process.on('error', fail);
      this.process.on('close', () =>
        totals ? done(totals) : fail(new Error(`the load ended without a result: ${errors}`)),
      );
    });
    this.ended.catch(() => {}); // told where the end is awaited
  }

  /** Sends on for some seconds and returns what was answered in them; the second it begins in is left out. */
  async during(seconds: number): Promise<Totals> {
    await this.nextSecond();
    const from = this.seconds.length;
    while (this.seconds.length < from + seconds) await this.nextSecond();
    return sum(this.seconds.slice(from, from + seconds));
  }

  /** Requests that failed so far. */
  get failed(): number {
    return this.seconds.reduce((failed, second) => failed + second.failed, 0);
  }

  /** What was answered since the load began, second by second. */
  get history(): readonly Second[] {
    return this.seconds;
  }

  /** Ends it: what is under way is still answered and counted. */
  async end(): Promise<Totals> {
    // The argument is unlike that of other loads in the pod.
    const pattern = `load ${this.args.join(' ')}$`.replaceAll(/[.[\]*+?]/g, '\\$&');
    await this.lab
      .kubectl('exec', '-n', NAMESPACE, 'client', '-c', 'client', '--', 'pkill', '-TERM', '-f', pattern)
      .catch(() => {});
    return this.ended;
  }

  private async nextSecond(): Promise<void> {
    const before = this.seconds.length;
    for (let tries = 0; this.seconds.length === before; tries++) {
      if (this.process.exitCode !== null || tries > 200)
        throw new Error('the load ended before it was measured');
      await sleep(50);
    }
  }
}

/** Adds seconds up. */
export function sum(seconds: readonly Second[]): Totals {
  const answers: Record<string, number> = {};
  let failed = 0;
  for (const second of seconds) {
    failed += second.failed;
    for (const [who, count] of Object.entries(second.answers)) answers[who] = (answers[who] ?? 0) + count;
  }
  const answered = Object.values(answers).reduce((total, count) => total + count, 0);
  return { total: answered + failed, failed, answers, failures: [] };
}
