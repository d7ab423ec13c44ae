import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Measured, metricsText, serveMetrics } from './metrics';

const ALL: Measured = {
  group: { namespace: 'smm-demo', name: 'analytics-v0' },
  registered: true,
  healthy: true,
  retired: false,
  connected: true,
  certificateExpires: new Date('2026-01-02T03:04:05.678Z'),
  bearerTokenExpires: new Date('2026-02-03T04:05:06Z'),
  istioTokenExpires: new Date('2026-03-04T05:06:07Z'),
  lastReconcile: new Date('2026-01-01T00:00:00Z'),
  changes: 3,
  restarts: 1,
  reconnects: 2,
  failures: 0,
};
/** As it is in the first second: nothing is known of tokens and certificates. */
const { certificateExpires, bearerTokenExpires, istioTokenExpires, lastReconcile, ...FEW } = ALL;

let server: Server;
const serve = async (measured: Measured): Promise<string> => {
  server = serveMetrics(
    0,
    () => measured,
    (error) => {
      throw error;
    },
  );
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
afterEach(() => server?.close());

needing('promtool').test.each([
  ['with everything', ALL],
  ['in the first second', FEW],
])('Prometheus takes the metrics %s, and finds nothing to mend in them', async (_, measured) => {
  const response = await fetch(`${await serve(measured)}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const input = await response.text();
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
  expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: '' });
});

test('each measure has its value, and what is not known is left out', () => {
  expect(metricsText(ALL)).toMatch(/^meshferry_agent_certificate_expiry_seconds 1767323045\.678$/m);
  expect(metricsText(ALL)).toMatch(
    /^meshferry_agent_info\{namespace="smm-demo",workload_group="analytics-v0"\} 1$/m,
  );
  expect(metricsText(ALL)).toMatch(/^meshferry_agent_changes_total 3$/m);
  expect(metricsText(ALL).match(/^meshferry_agent_\w+ /gm)).toHaveLength(12);
  expect(metricsText(FEW)).not.toMatch(/expiry|last_reconcile/);
});

test('only loopback is listened on, and only GET /metrics is answered', async () => {
  const address = await serve(ALL);
  expect((server.address() as AddressInfo).address).toBe('127.0.0.1');
  expect((await fetch(`${address}/`)).status).toBe(404);
  expect((await fetch(`${address}/metrics`, { method: 'POST' })).status).toBe(404);
});

test('a port that is taken is reported, and the agent goes on', async () => {
  const taken = new URL(await serve(ALL)).port;
  const failure = new Promise<Error>((resolve) => serveMetrics(Number(taken), () => ALL, resolve));
  expect(await failure).toMatchObject({ code: 'EADDRINUSE' });
});
