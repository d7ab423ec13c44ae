import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { TestMachine } from '../testing/test-machine';
import { AT, GROUP, TestMesh, tokenOf } from '../testing/test-mesh';

let mesh: TestMesh;
let machine: TestMachine;
let agent: ChildProcess | undefined;
let journal: string;
beforeAll(async () => {
  mesh = await TestMesh.start();
});
afterAll(() => mesh.stop());
beforeEach(() => {
  mesh.reset();
  machine = new TestMachine(mesh);
  machine.when(/^systemctl (re)?start istio/, () => mesh.register());
  journal = '';
});
afterEach(async () => {
  if (agent?.exitCode === null && agent.signalCode === null) {
    agent.kill('SIGKILL');
    await once(agent, 'exit');
  }
  machine.remove();
});

/** Starts a process of its own, as systemd does, with the machine of the test in the place of `/`. */
function start(): ChildProcess {
  const program = join(machine.root, 'agent.js');
  buildSync({
    stdin: {
      contents: `import { pathsUnder } from './paths';
import { keepInMesh } from './commands/run';
void keepInMesh(pathsUnder(${JSON.stringify(machine.root)}));`,
      resolveDir: resolve(__dirname, '..'),
      loader: 'ts',
    },
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
  });
  agent = spawn(process.execPath, [program], { env: { ...process.env, JOURNAL_STREAM: '1:1' } });
  agent.stdout?.on('data', (data) => {
    journal += String(data);
  });
  agent.stderr?.on('data', (data) => {
    journal += String(data);
  });
  return agent;
}
async function inJournal(line: RegExp): Promise<void> {
  for (let n = 0; n < 3000 && !line.test(journal); n++) await new Promise((done) => setTimeout(done, 10));
  expect(journal).toMatch(line);
}
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('it keeps the machine in the mesh, serves its metrics, and ends when systemd stops it; Istio keeps running', async () => {
  const port = await freePort();
  machine.configure(mesh, { metricsPort: port });
  const process = start();
  await inJournal(/<6>the machine is registered in smm-demo\/analytics-v0\n/);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toMatch(/^meshferry_agent_healthy 1$/m);
  expect(metrics).toMatch(/^meshferry_agent_istio_restarts_total 1$/m);
  process.kill('SIGTERM');
  expect(await once(process, 'exit')).toEqual([0, null]);
  expect(journal).toMatch(/<6>ends; Istio keeps running\n$/);
  expect(machine.isSet('istio.active')).toBe(true);
});

test('it ends with 0 if it has to start again, though connections are open', async () => {
  const port = await freePort();
  machine.configure(mesh, { metricsPort: port });
  const process = start();
  await inJournal(/<6>the machine is registered in/);
  await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  machine.setToken(tokenOf('analytics-v0-agent', Date.now() + 5000, 30 * 86_400));
  expect(await once(process, 'exit')).toEqual([0, null]);
  expect(journal).toMatch(/<6>another token was set: starts again\n$/);
});

test('a port of the metrics that is taken is reported, and the agent goes on', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  machine.configure(mesh, { metricsPort: (taken.address() as AddressInfo).port });
  start();
  await inJournal(/<4>metrics are not served: listen EADDRINUSE/);
  await inJournal(/<6>the machine is registered in/);
  taken.close();
});

test('a failure is one line of the journal at the level of errors, written once', async () => {
  mesh.put(AT.group, { ...GROUP, spec: { template: { ports: { ssh: 22 } } } } as typeof GROUP);
  start();
  await inJournal(
    /<3>WorkloadGroup smm-demo\/analytics-v0 declares port 22 \(ssh\), which is ssh and must not be captured → declare another port/,
  );
});
