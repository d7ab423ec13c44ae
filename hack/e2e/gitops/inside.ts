import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type Lab } from '../lab';

/** A program that runs inside the lab, where the API server and pods can be reached, until it is ended. */
export class Inside {
  private readonly folder = mkdtempSync(join(tmpdir(), 'meshferry-e2e-inside-'));
  private process: ChildProcess | undefined;

  constructor(
    private readonly lab: Lab,
    readonly name: string,
    private readonly command: readonly string[],
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  /** File that gets what it prints. */
  get log(): string {
    return join(this.folder, 'log');
  }

  async start(): Promise<void> {
    const log = openSync(this.log, 'a');
    // Its number in there is written down first: the one out here is that of the way in.
    const script = `echo $$ > ${this.folder}/pid; exec "$@"`;
    this.process = spawn('lab', ['sh', '-c', script, this.name, ...this.command], {
      env: { ...process.env, ...this.lab.environment, ...this.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.process.on('error', () => {});
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    if (!this.process || this.hasEnded()) return;
    const pid = readFileSync(join(this.folder, 'pid'), 'utf8').trim();
    await this.lab.run('lab', ['kill', '-9', pid]).catch(() => {});
    await eventually(`${this.name} has ended`, 10, async () => this.hasEnded());
    this.process = undefined;
  }

  /** By itself, or with its lab: its number may be another process's by now. */
  private hasEnded(): boolean {
    return this.process?.exitCode !== null || this.process.signalCode !== null;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
