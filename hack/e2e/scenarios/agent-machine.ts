import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Lab } from '../lab';
import { NAMESPACE } from '../migration';
import type { Vm } from '../vm';

const PROGRAM = resolve(__dirname, '../../../lib/agent/meshferry-agent-linux-x64');
const GROUP = 'analytics-v0';
/**
 * What installing and removing packages always leaves (backups of the user database, dpkg's own records), and what the
 * container engine writes at a reboot: the hosts file, of which the scenario asks for itself.
 */
const LEFT_BY_OTHERS =
  /^(etc\/(passwd|shadow|group|gshadow|subuid|subgid)-|var\/lib\/dpkg\/status-old|var\/log\/|etc\/(hosts|mtab) )/;

/** The agent on a machine of the lab. */
export class AgentMachine {
  constructor(
    private readonly lab: Lab,
    private readonly vm: Vm,
    /** ServiceAccount that it signs in as. */
    private readonly account = `${GROUP}-agent`,
  ) {
    if (!existsSync(PROGRAM)) throw new Error('the agent is not built: npm run build:agent');
  }

  /**
   * Puts the program and the sidecar's package on the machine, and tells the agent what it has to know.
   *
   * @param config lines for the agent's configuration file, beside what the commands write
   * @param tokenSeconds life of the token that it is given
   */
  async install(config = '', tokenSeconds = 3600): Promise<void> {
    const { lab, vm } = this;
    if (config) {
      const write = `mkdir -p /etc/meshferry && printf '%s\\n' "$0" > /etc/meshferry/agent.yaml`;
      await vm.exec('sh', '-c', write, config);
    }
    await lab.run('docker', ['cp', PROGRAM, `${vm.name}:/usr/local/bin/meshferry-agent`]);
    await this.configure(tokenSeconds);
  }

  /** Tells an agent that is installed what it has to know. */
  async configure(tokenSeconds = 3600): Promise<void> {
    const { lab } = this;
    const { url, sha256 } = await this.servePackage();
    const kubeconfig = JSON.parse(await lab.kubectl('config', 'view', '--raw', '-o', 'json'));
    const { server, 'certificate-authority-data': ca } = kubeconfig.clusters[0].cluster;
    await this.agent('set', 'workload-group', NAMESPACE, GROUP);
    await this.agent('set', 'package', url, '--sha256', sha256, '--plain-http');
    await this.give(Buffer.from(ca, 'base64').toString(), 'set', 'api-server', server, '--ca', '-');
    await this.giveToken(tokenSeconds);
  }

  /** Puts the sidecar's package on the machine, served on its loopback: no registry holds it. */
  async servePackage(): Promise<{ readonly url: string; readonly sha256: string }> {
    const { lab, vm } = this;
    const deb = lab.variable('MESHFERRY_LAB_SIDECAR_PACKAGE');
    await vm.exec('mkdir', '-p', '/opt/package');
    await lab.run('docker', ['cp', deb, `${vm.name}:/opt/package/istio-sidecar.deb`]);
    const serve = 'python3 -m http.server 8099 --bind 127.0.0.1 --directory /opt/package';
    const start = `systemctl is-active -q package-server || systemd-run -q --collect --unit=package-server ${serve}`;
    await vm.exec('sh', '-c', start);
    const sha256 = createHash('sha256').update(readFileSync(deb)).digest('hex');
    return { url: 'http://127.0.0.1:8099/istio-sidecar.deb', sha256 };
  }

  /** Gives it a fresh token, on standard input. */
  async giveToken(seconds = 3600): Promise<void> {
    const token = await this.lab.kubectl(
      ...['create', 'token', this.account, '-n', NAMESPACE, '--duration', `${seconds}s`],
    );
    await this.give(token, 'set', 'bearer-token', '-');
  }

  /** A measure of the running agent; undefined where it does not say. */
  async metric(name: string): Promise<number | undefined> {
    const text = await this.vm
      .exec('curl', '-s', '-m', '2', 'http://127.0.0.1:15098/metrics')
      .catch(() => '');
    const line = text.split('\n').find((each) => each.startsWith(`meshferry_agent_${name} `));
    return line === undefined ? undefined : Number(line.split(' ')[1]);
  }

  /** What the running agent has written since the machine was started, or since a time in seconds since 1970. */
  journal(since = 0): Promise<string> {
    return this.vm.exec(
      ...[
        'journalctl',
        '-u',
        'meshferry-agent',
        '-o',
        'cat',
        '--no-pager',
        '-b',
        '--since',
        `@${Math.floor(since)}`,
      ],
    );
  }

  /** Runs the agent, and returns what it prints. */
  agent(...args: string[]): Promise<string> {
    return this.vm.exec('sh', '-c', 'exec meshferry-agent "$@" 2>&1', 'sh', ...args);
  }

  /** The machine's files by path, each with its access and the checksum of its content; what others leave aside. */
  async files(): Promise<string[]> {
    const find =
      "cd / && find etc usr var root opt -xdev -path var/log/journal -prune -o ! -type d -printf '%p %y %m %u %g %l ' -exec sha256sum {} \\;";
    const lines = (await this.vm.exec('sh', '-c', find)).split('\n');
    return lines.filter((line) => line !== '' && !LEFT_BY_OTHERS.test(line)).sort();
  }

  private give(input: string, ...args: string[]): Promise<string> {
    return this.lab.run('docker', ['exec', '-i', this.vm.name, 'meshferry-agent', ...args], { input });
  }
}
