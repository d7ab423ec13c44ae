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
  ) {
    if (!existsSync(PROGRAM)) throw new Error('the agent is not built: npm run build:agent');
  }

  /** Puts the program and the sidecar's package on the machine, and tells the agent what it has to know. */
  async install(): Promise<void> {
    const { lab, vm } = this;
    const deb = lab.variable('MESHFERRY_LAB_SIDECAR_PACKAGE');
    await lab.run('docker', ['cp', PROGRAM, `${vm.name}:/usr/local/bin/meshferry-agent`]);
    await vm.exec('mkdir', '-p', '/opt/package');
    await lab.run('docker', ['cp', deb, `${vm.name}:/opt/package/istio-sidecar.deb`]);
    await vm.exec(
      ...['systemd-run', '--quiet', '--collect', '--unit=package-server', 'python3', '-m', 'http.server'],
      ...['8099', '--bind', '127.0.0.1', '--directory', '/opt/package'],
    );
    const kubeconfig = JSON.parse(await lab.kubectl('config', 'view', '--raw', '-o', 'json'));
    const { server, 'certificate-authority-data': ca } = kubeconfig.clusters[0].cluster;
    const sum = createHash('sha256').update(readFileSync(deb)).digest('hex');
    await this.agent('set', 'workload-group', NAMESPACE, GROUP);
    await this.agent('set', 'package', 'http://127.0.0.1:8099/istio-sidecar.deb', '--sha256', sum);
    await this.give(Buffer.from(ca, 'base64').toString(), 'set', 'api-server', server, '--ca', '-');
    await this.giveToken();
  }

  /** Gives it a fresh token, on standard input. */
  async giveToken(): Promise<void> {
    const token = await this.lab.kubectl('create', 'token', `${GROUP}-agent`, '-n', NAMESPACE);
    await this.give(token, 'set', 'bearer-token', '-');
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
