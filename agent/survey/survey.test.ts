import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { surveyText } from '../commands/survey';
import { isOwnFile, unitOf } from './processes';
import { parseSockets } from './sockets';
import { dnsLabel, survey } from './survey';
import { imageOf } from './unit';

test('sockets of both families, with addresses as people write them', () => {
  const head =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  const line = (local: string, remote: string, state: string, inode: number) =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0 100 0 0 10 0\n`;
  const v4 =
    head + line('0100007F:1F90', '00000000:0000', '0A', 7) + line('0500000A:A1B2', '0800000A:1538', '01', 8);
  expect(parseSockets(v4)).toEqual([
    {
      local: { address: '127.0.0.1', port: 8080 },
      remote: { address: '0.0.0.0', port: 0 },
      state: 'listening',
      inode: '7',
    },
    {
      local: { address: '10.0.0.5', port: 41394 },
      remote: { address: '10.0.0.8', port: 5432 },
      state: 'established',
      inode: '8',
    },
  ]);
  const addresses = [
    '00000000000000000000000000000000',
    '00000000000000000000000001000000',
    '0000000000000000FFFF00000500000A',
    'B80D0120000000000000000001000000',
  ];
  const v6 = head + addresses.map((one) => line(`${one}:0050`, `${one}:0000`, '06', 1)).join('');
  expect(parseSockets(v6).map(({ local }) => local.address)).toEqual([
    '::',
    '::1',
    '10.0.0.5',
    '2001:db8::1',
  ]);
});

test('the unit of a process is the innermost', () => {
  expect(unitOf('0::/system.slice/orders.service\n')).toBe('orders.service');
  expect(unitOf('4:cpu:/libpod-1.scope/system.slice/app@1.service/sub\n1:name=systemd:/user.slice\n')).toBe(
    'app@1.service',
  );
  expect(unitOf('0::/user.slice/session-1.scope\n')).toBeUndefined();
});

test('names and files that are somebody’s own', () => {
  expect(['My App@1.service', '__.service', 'a.service'].map(dnsLabel)).toEqual(['my-app-1', 'service', 'a']);
  expect(['/srv/data', '/proc/1/maps', '/tmp/x (deleted)', 'pipe:[1]'].map(isOwnFile)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('a service that listens, calls another, and holds a secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-survey-'));
  const config = join(folder, 'orders.conf');
  writeFileSync(config, '');
  writeFileSync(join(folder, 'os-release'), 'ID=debian\nVERSION_ID="12"\n');
  const program = `
    const { createServer, Socket } = require('node:net');
    const { openSync } = require('node:fs');
    openSync(process.argv[1]);
    const peer = createServer().listen(0, '127.0.0.1', () => new Socket().connect(peer.address().port, '127.0.0.1', () => {
      const server = require('node:http').createServer((_, response) => response.writeHead(404).end());
      server.listen(0, '0.0.0.0', () => console.log(JSON.stringify([server.address().port, peer.address().port])));
    }));`;
  const child = spawn(process.execPath, ['-e', program, config], {
    env: { PATH: process.env.PATH, DB_PASSWORD: 'hunter2', LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [printed] = await once(child.stdout, 'data');
    const [port, own] = JSON.parse(String(printed)) as [number, number];
    const caller = connect(port, '127.0.0.1');
    await once(caller, 'connect');
    const options = {
      seconds: 0.1,
      ask: true,
      osRelease: join(folder, 'os-release'),
      unitOf: ({ pid }: { pid: number }) => (pid === child.pid ? 'orders.service' : undefined),
      settings: async () => ({
        user: 'orders',
        group: 'orders',
        workingDirectory: '/srv',
        environmentFiles: ['/etc/orders.env'],
      }),
    };
    const seen = await survey({ ...options, values: false });
    expect(seen).toMatchObject({
      image: 'debian:12',
      services: [
        {
          name: 'orders',
          unit: 'orders.service',
          user: 'orders',
          ports: expect.arrayContaining([
            { number: port, loopback: false, http: 404 },
            { number: own, loopback: true, http: null },
          ]),
          environment: [{ name: 'DB_PASSWORD' }, { name: 'LOG_LEVEL' }],
          files: expect.arrayContaining(['/etc/orders.env', config]),
          callers: ['127.0.0.1'],
        },
      ],
    });
    expect(seen.services[0]?.memoryMiB).toBeGreaterThan(10);
    const text = surveyText(seen, 'shop');
    expect(text).not.toContain('hunter2');
    expect(text).toContain(`# ? GET / on ${port} answers 404`);
    expect(text).toContain('USER orders:orders');
    const told = await survey({ ...options, ask: false, values: true });
    expect(told.services[0]?.environment).toContainEqual({ name: 'DB_PASSWORD', value: 'hunter2' });
    expect(told.services[0]?.ports[0]).not.toHaveProperty('http');
    caller.destroy();
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a machine whose distribution is not known', () => {
  expect(imageOf('/nonexistent')).toBeUndefined();
});
