import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { layout } from '../../lab/local/layout';
import { stateDirectory } from '../../lab/paths';
import { run, succeeds } from '../../lab/run';
import { eventually, type Lab } from '../lab';

const NAME = 'kube-apiserver';
const SPAWN = join(__dirname, '../../lab/local/spawn.sh');

/** The lab's API server, to be killed and started again as it was. For labs of the provider `local`. */
export class ApiServer {
  private readonly state: string;
  private command: string[] | undefined;

  constructor(private readonly lab: Lab) {
    const { state, run: pids } = layout(stateDirectory(lab.name));
    this.state = state;
    if (!existsSync(join(pids, `${NAME}.pid`))) {
      throw new Error(
        'the API server is only killed in a lab of the provider "local": npm run lab:up -- --provider local',
      );
    }
  }

  /** Ends it as a crash does; whoever calls it is refused from then on. */
  async kill(): Promise<void> {
    const pid = this.pid();
    const said = await this.inside('cat', `/proc/${pid}/cmdline`);
    this.command = said.split('\0').filter(Boolean);
    await this.inside('kill', '-9', pid);
    await eventually('the API server is gone', 10, async () => !(await this.answers()));
  }

  /** Starts it again with the same arguments. @returns seconds until it answered */
  async start(): Promise<number> {
    if (!this.command) return 0;
    await this.inside('bash', SPAWN, this.state, NAME, ...this.command);
    this.command = undefined;
    return eventually('the API server is back', 60, () => this.answers());
  }

  /** Holds it still for a while: connections stand, and nobody answers. */
  async freeze(seconds: number): Promise<void> {
    const pid = this.pid();
    await this.inside('kill', '-STOP', pid);
    try {
      await sleep(seconds * 1000);
    } finally {
      await this.inside('kill', '-CONT', pid);
    }
    await eventually('the API server is back', 60, () => this.answers());
  }

  private pid(): string {
    return readFileSync(join(this.state, 'run', `${NAME}.pid`), 'utf8').trim();
  }

  private answers(): Promise<boolean> {
    return succeeds('kubectl', ['get', '--raw', '/readyz'], { env: this.lab.environment, timeout: 5_000 });
  }

  private inside(...command: string[]): Promise<string> {
    const [program, ...args] = this.lab.inside(command);
    return run(program as string, args, { timeout: 20_000 });
  }
}
