import { resolve } from 'node:path';
import { CommandError } from '../lab/run';
import { eventually, type Lab } from './lab';
import { NAMESPACE, type Repository } from './migration';

const HACK = resolve(__dirname, '..');

interface WorkloadEntry {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly address: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** A machine: a container under systemd, made and joined by the scripts that a person runs. */
export class Vm {
  private known?: string;

  constructor(
    private readonly lab: Lab,
    private readonly repository: Pick<Repository, 'dist' | 'folder'>,
    readonly name: string,
  ) {}

  /** Runs one of the scripts for this machine, and returns what it prints. */
  script(name: string, ...options: string[]): Promise<string> {
    const args = ['--dist', this.repository.dist, '--vm', `docker:${this.name}`, ...options];
    return this.lab.run(`${HACK}/${name}.sh`, args, {
      env: { MESHFERRY_STATE: `${this.repository.folder}/state` },
    });
  }

  /** Runs one of the scripts that is to end with 1, and returns what it says. */
  async refused(name: string, ...options: string[]): Promise<string> {
    const error = await this.script(name, ...options).then(
      () => undefined,
      (reason) => reason,
    );
    if (!(error instanceof CommandError) || error.code !== 1)
      throw error ?? new Error(`${name} ended with 0`);
    return error.output;
  }

  /** Starts it with a service on every port, which answers with the machine's name. */
  async start(): Promise<void> {
    await this.script('02-start-vm');
    await this.script('03-install-service', '--exec', '/usr/local/bin/serve');
  }

  /** Joins it to the mesh and waits until it is healthy. */
  async join(): Promise<void> {
    await this.script('05-collect');
    await this.script('06-join-by-hand');
  }

  /** Runs a command on it. */
  exec(...command: string[]): Promise<string> {
    return this.lab.run('docker', ['exec', '-i', this.name, ...command]);
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    await this.lab.run('docker', ['kill', '--signal', 'KILL', this.name]);
  }

  async delete(): Promise<void> {
    await this.lab.run('docker', ['rm', '-f', this.name]).catch(() => {});
  }

  /** Its address. */
  async address(): Promise<string> {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    this.known ??= (await this.lab.run('docker', ['inspect', '-f', format, this.name])).trim();
    return this.known;
  }

  /** Its entry in the mesh. */
  async entry(): Promise<WorkloadEntry | undefined> {
    const entries = await this.lab.list<WorkloadEntry>('workloadentries', NAMESPACE);
    const address = await this.address();
    return entries.find(({ spec }) => spec.address === address);
  }

  /** Whether its entry is healthy; undefined where there is none. */
  async healthy(): Promise<boolean | undefined> {
    const entry = await this.entry();
    return (
      entry &&
      entry.status?.conditions?.some(({ type, status }) => type === 'Healthy' && status === 'True') === true
    );
  }

  /** Whether the client's Envoy holds it as an endpoint. */
  async isEndpoint(): Promise<boolean> {
    const clusters = await this.lab.kubectl(
      ...[
        'exec',
        'client',
        '-c',
        'istio-proxy',
        '-n',
        NAMESPACE,
        '--',
        'pilot-agent',
        'request',
        'GET',
        'clusters',
      ],
    );
    const address = await this.address();
    return clusters
      .split('\n')
      .some((line) => line.includes('|analytics.') && line.includes(`::${address}:`));
  }

  /**
   * Waits until clients have it as an endpoint. An entry of a group that was made anew has no health, since the
   * machine reports it only when it changes: ending its connection to istiod makes it report again.
   */
  async serves(): Promise<number> {
    let tries = 0;
    return eventually(`${this.name} is an endpoint`, 90, async () => {
      const healthy = await this.healthy();
      if (healthy) return this.isEndpoint();
      if (healthy === false && tries++ % 20 === 5) {
        await this.exec('ss', '-K', 'dport', '=', '15012').catch(() => {});
      }
      return false;
    });
  }
}
