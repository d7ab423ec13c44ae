import { setTimeout as sleep } from 'node:timers/promises';
import { kindProvider } from '../lab/kind/provider';
import { localProvider } from '../lab/local/provider';
import { cacheDirectory } from '../lab/paths';
import { Progress } from '../lab/progress';
import { detectProvider } from '../lab/provider';
import { serveAgent } from '../lab/repository';
import { type RunOptions, run } from '../lab/run';

/** A lab that is up, and how to speak to it. */
export class Lab {
  private constructor(
    readonly name: string,
    private readonly variables: Readonly<Record<string, string>>,
    /** The command line that runs a command in the lab's network. */
    readonly inside: (command: readonly string[]) => readonly string[],
    /** Whether it ran before it was asked for. */
    readonly wasUp: boolean,
    readonly down: () => Promise<void>,
    /** Makes its ingress serve the agent. */
    readonly serveAgent: () => Promise<void>,
  ) {}

  /** Brings a lab up, or takes the one that runs. */
  static async up(name: string): Promise<Lab> {
    const choice = await detectProvider(undefined);
    process.stdout.write(`lab "${name}", provider ${choice.name}: ${choice.reason}\n`);
    const provider = (choice.name === 'kind' ? kindProvider : localProvider)(name, cacheDirectory());
    const wasUp = (await provider.status()).some(({ answers }) => answers);
    await provider.up(new Progress());
    const { variables, bin } = await provider.environment();
    const environment = { ...variables, PATH: `${bin}:${process.env.PATH}` };
    const inside = (command: readonly string[]) => provider.inside(command);
    return new Lab(
      name,
      environment,
      inside,
      wasUp,
      () => provider.down(),
      () => serveAgent(name, provider, new Progress()),
    );
  }

  /** Value of a variable that the lab gives to a shell. */
  variable(name: string): string {
    const value = this.variables[name];
    if (value === undefined) throw new Error(`the lab sets no ${name}`);
    return value;
  }

  /** Environment of a command that is to reach into the lab. */
  get environment(): Readonly<Record<string, string>> {
    return this.variables;
  }

  /** Runs a command whose kubectl, istioctl and docker are the lab's, and returns what it prints. */
  run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    return run(command, args, { timeout: 180_000, ...options, env: { ...this.variables, ...options.env } });
  }

  kubectl(...args: string[]): Promise<string> {
    return this.run('kubectl', args);
  }

  /** Applies objects, and waits for nothing. */
  async apply(objects: readonly object[]): Promise<void> {
    await this.run('kubectl', ['apply', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    });
  }

  /** Objects of a kind in a namespace. */
  async list<T>(kind: string, namespace: string): Promise<T[]> {
    return JSON.parse(await this.kubectl('get', kind, '-n', namespace, '-o', 'json')).items;
  }
}

/** Asks until the answer is true. @throws Error with what is awaited, when the time is up */
export async function eventually(
  what: string,
  seconds: number,
  ask: () => Promise<boolean>,
): Promise<number> {
  const began = Date.now();
  for (;;) {
    if (await ask()) return (Date.now() - began) / 1000;
    if (Date.now() - began > seconds * 1000) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(200);
  }
}
