import { type ChildProcess, spawn } from 'node:child_process';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../run';

// The two programs of the app image, against each other on this machine's loopback.

const PORTS = { http: 42_180, grpc: 42_182, tcp: 42_183 };
let server: ChildProcess;

const { test, beforeAll, afterAll } = needing('python3');

beforeAll(async () => {
  const env = {
    ...process.env,
    NAME: 'vm-v0',
    HTTP_PORT: `${PORTS.http}`,
    GRPC_PORT: `${PORTS.grpc}`,
    TCP_PORT: `${PORTS.tcp}`,
  };
  server = spawn('python3', [join(__dirname, 'serve.py')], { env, stdio: 'inherit' });
  for (let tries = 0; !(await listens(PORTS.tcp)); tries++) {
    if (tries > 100) throw new Error('serve.py does not listen');
    await sleep(50);
  }
});
afterAll(() => {
  server.kill('SIGKILL');
});

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .on('connect', () => resolve(true))
      .on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function load(...args: string[]) {
  const lines = (await run('python3', [join(__dirname, 'load.py'), ...args])).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

test.each([`http://127.0.0.1:${PORTS.http}/`, `tcp://127.0.0.1:${PORTS.tcp}`])(
  '%s: every request is counted for who answered',
  async (url) => {
    const total = (await load('--requests', '40', '--rate', '200', '--connections', '3', url)).at(-1);
    expect(total).toMatchObject({
      total: 40,
      answered: 40,
      failed: 0,
      answers: { 'vm-v0': 40 },
      failures: [],
    });
    const counted = total.seconds.reduce(
      (sum: number, second: { answers: Record<string, number> }) => sum + (second.answers['vm-v0'] ?? 0),
      0,
    );
    expect(counted).toBe(40);
  },
);

test('a line comes every second, and the time and the rate are kept', async () => {
  const lines = await load('--seconds', '2', '--rate', '20', `http://127.0.0.1:${PORTS.http}/`);
  expect(lines.slice(0, -1).map((line) => line.second)).toEqual([0, 1]);
  expect(lines.at(-1).total).toBe(40);
});

test('failures are told with time and reason, and are no error of the program', async () => {
  const total = (await load('--requests', '3', '--rate', '100', 'http://127.0.0.1:42189/')).at(-1);
  expect(total).toMatchObject({ total: 3, answered: 0, failed: 3 });
  expect(total.failures[0].reason).toContain('ConnectionRefusedError');
  expect(Math.abs(total.failures[0].at - Date.now() / 1000)).toBeLessThan(30);
});

test('an address that makes no sense is refused', async () => {
  await expect(load('ftp://x')).rejects.toThrow('neither http://HOST:PORT/PATH nor tcp://HOST:PORT');
});

test('HTTP/2 is answered, request after request on one connection, with a body too', async () => {
  const session = connectHttp2(`http://127.0.0.1:${PORTS.grpc}`);
  const ask = (method: string, body?: string) =>
    new Promise<string>((resolve, reject) => {
      const request = session.request({ ':method': method, ':path': '/any' });
      let status = 0;
      let text = '';
      request.on('response', (headers) => {
        status = headers[':status'] ?? 0;
      });
      request.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => resolve(`${status} ${text.trim()}`)).on('error', reject);
      request.end(body);
    });
  expect(await Promise.all([ask('GET'), ask('POST', 'x'.repeat(100_000)), ask('GET')])).toEqual(
    Array(3).fill('200 vm-v0'),
  );
  session.close();
});
