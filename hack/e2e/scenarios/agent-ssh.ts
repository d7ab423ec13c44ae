import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shellWord } from '../../../text/shell';
import { CommandError, run } from '../../lab/run';
import { eventually, type Lab } from '../lab';
import { expect, type Scenario } from '../scenario';
import type { Vm } from '../vm';
import { ApiServer } from './agent-api-server';
import type { AgentMachine } from './agent-machine';
import { withMachine } from './agent-walk';

const NAME = 'agent ssh';
/** Two of these in a row without an echo, and a person at the keyboard notices. */
const KEY_MS = 250;
const LONGEST_SILENCE_MS = 2_000;

/** A real sshd on the machine: one session stays open all the time, and new ones are made, whatever the agent does. */
export const agentSsh: Scenario = {
  name: NAME,
  system: ['ssh'],
  agent: true,
  play: (context) =>
    withMachine(context, NAME, async ({ vm, machine, folder }) => {
      const { lab, report } = context;
      const api = new ApiServer(lab);
      await machine.install();
      const ssh = await sshCommand(lab, vm, join(folder, 'ssh'));
      const session = new Session(ssh);
      try {
        const step = (what: string, expected: string, change: () => Promise<string>) =>
          report.step(NAME, what, `${expected}; the session stays, new ones are made`, async () => {
            const said = await change();
            return `${said}; ${await session.look(ssh)}`;
          });
        await step('an ssh session is open', 'before', async () => 'echoes');
        await step('reconcile loses the API server halfway', 'taken back', () =>
          cutOff(lab, vm, api, machine),
        );
        await step('reconcile', 'joins', async () => {
          const said = await machine.agent('reconcile');
          expect((await vm.healthy()) === true, said);
          return 'healthy';
        });
        await step('reconcile again', 'changes nothing', async () => {
          const said = await machine.agent('reconcile');
          expect(said.includes('no changes were needed'), said);
          return 'no changes';
        });
        await step('Istio is restarted, then killed', 'comes up', async () => {
          await vm.exec('systemctl', 'restart', 'istio');
          await sleep(2_000);
          await vm.exec('systemctl', 'kill', '--signal=KILL', 'istio');
          await eventually(
            'it serves',
            90,
            async () => (await vm.healthy()) === true && (await vm.isEndpoint()),
          );
          return 'healthy';
        });
        await step('uninstall', 'leaves', async () => {
          const said = await machine.agent('uninstall');
          return said.trim().split('\n').at(-1) ?? '';
        });
        await report.step(NAME, 'the session is closed', 'it was the same one all the time', () =>
          session.close(),
        );
      } finally {
        session.kill();
        await api.start();
      }
    }),
};

/** The API server dies once the sidecar is installed: what was changed is taken back, and the exit code says why. */
async function cutOff(lab: Lab, vm: Vm, api: ApiServer, machine: AgentMachine): Promise<string> {
  const reconcile = machine.agent('reconcile').then(
    (text) => ({ code: 0, text }),
    (error) => {
      if (error instanceof CommandError) return { code: error.code, text: error.output };
      throw error;
    },
  );
  await eventually(
    'Istio is started',
    60,
    async () => (await vm.exec('sh', '-c', 'systemctl is-active istio || true')).trim() === 'active',
  );
  await api.kill();
  const { code, text } = await reconcile;
  const rules = await vm.exec(
    'sh',
    '-c',
    'iptables-save; iptables-legacy-save; dpkg -l istio-sidecar 2>&1 || true',
  );
  await api.start();
  await eventually('pods are ready again', 60, async () => {
    const pods = await lab.list<{ status: { conditions?: { type: string; status: string }[] } }>(
      'pods',
      'istio-system',
    );
    return pods.every(({ status }) =>
      status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
  });
  expect(code === 43, `exit ${code}: ${text}`);
  expect(!/ISTIO/.test(rules) && /no packages found/.test(rules), rules);
  return `exit 43: ${
    text
      .split('\n')
      .find((line) => line.includes('✖'))
      ?.trim() ?? text
  }`;
}

/** An ssh session in which a key is pressed four times a second; each is echoed by the machine. */
class Session {
  private readonly process: ChildProcess;
  private readonly timer: NodeJS.Timeout;
  private sent = 0;
  private heard = 0;
  private heardAt = Date.now();
  private longest = 0;

  constructor(ssh: readonly string[]) {
    const [program, ...args] = ssh;
    this.process = spawn(program as string, [...args, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.process.stdin?.on('error', () => {});
    this.process.stdout?.on('data', (data: Buffer) => {
      this.longest = Math.max(this.longest, Date.now() - this.heardAt);
      this.heard += data.toString().split('\n').length - 1;
      this.heardAt = Date.now();
    });
    this.timer = setInterval(() => this.process.stdin?.write(`${++this.sent}\n`), KEY_MS);
  }

  /** Whether it echoes, how long it was silent since the last look, and whether new sessions are made. */
  async look(ssh: readonly string[]): Promise<string> {
    await sleep(2 * KEY_MS);
    const silence = Math.max(this.longest, Date.now() - this.heardAt);
    this.longest = 0;
    expect(this.process.exitCode === null, `the session ended with ${this.process.exitCode}`);
    const began = Date.now();
    const [program, ...args] = ssh;
    const said = await run(program as string, [...args, 'echo new'], { timeout: 20_000 });
    expect(said.trim() === 'new', said);
    const words = `longest silence ${silence} ms, a new session in ${Date.now() - began} ms`;
    expect(silence < LONGEST_SILENCE_MS, words);
    return words;
  }

  async close(): Promise<string> {
    clearInterval(this.timer);
    await eventually('every key is echoed', 10, async () => this.heard === this.sent);
    this.process.stdin?.end();
    await eventually('the session ends', 10, async () => this.process.exitCode !== null);
    expect(this.process.exitCode === 0, `it ended with ${this.process.exitCode}`);
    return `${this.heard} of ${this.sent} keys echoed, in order, exit 0`;
  }

  kill(): void {
    clearInterval(this.timer);
    this.process.kill();
  }
}

/** A command line that runs another on the machine, by ssh with a key of its own. */
async function sshCommand(lab: Lab, vm: Vm, folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = join(folder, 'key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const publicKey = readFileSync(`${key}.pub`, 'utf8').trim();
  await vm.exec(
    'sh',
    '-ec',
    `install -d -m 0700 /root/.ssh; echo ${shellWord(publicKey)} > /root/.ssh/authorized_keys`,
  );
  await vm.exec('systemctl', 'start', 'ssh');
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'ConnectTimeout=10',
  ];
  const ssh = ['/usr/bin/ssh', '-i', key, ...options.flatMap((option) => ['-o', option])];
  return [...lab.inside([...ssh, `root@${await vm.address()}`])];
}
