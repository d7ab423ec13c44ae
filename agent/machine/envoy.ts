import { get } from 'node:http';
import { run } from './command';

const ADMIN_PORT = 15000;
/** pilot-agent answers here for Envoy: 200 once Envoy has received its configuration from istiod. */
const READY_PORT = 15021;
/** Istio redirects captured inbound connections here. */
const INBOUND_PORT = 15006;

/** Whether Envoy has a configuration from istiod, even if it has lost istiod since. */
export async function isEnvoyReady(): Promise<boolean> {
  return (await ask(READY_PORT, '/healthz/ready'))?.status === 200;
}

/** Whether Envoy's stream to istiod, which pilot-agent proxies, is open at this moment. */
export async function holdsStream(): Promise<boolean> {
  // One of the few statistics that Istio has Envoy keep.
  const filter = encodeURIComponent('^cluster\\.xds-grpc;?\\.upstream_rq_active$');
  const answer = await ask(ADMIN_PORT, `/stats?filter=${filter}`);
  return Number(/: (\d+)/.exec(answer?.text ?? '')?.[1] ?? 0) > 0;
}

/** Number of connections from other machines and pods to the machine's own service. */
export async function openConnections(): Promise<number> {
  const sockets = await run('ss', [
    '-H',
    '-t',
    '-n',
    'state',
    'established',
    'sport',
    '=',
    `:${INBOUND_PORT}`,
  ]);
  const lines = sockets.stdout.split('\n').filter((line) => line.trim() !== '');
  return lines.filter((line) => !/\s(127\.|\[::1\]|\[::ffff:127\.)\S*\s*$/.test(line)).length;
}

function ask(port: number, path: string): Promise<{ status: number; text: string } | undefined> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path, timeout: 1000 }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on('timeout', () => resolve(undefined))
      .on('error', () => resolve(undefined));
  });
}
