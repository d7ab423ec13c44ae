import { get } from 'node:http';
import { pause } from './kubernetes/watch';
import { run } from './machine/command';

const ADMIN_PORT = 15000;
const LONGEST_SECONDS = 30;

/**
 * Waits until Envoy has no request from others in flight, or for half a minute. New ones are not refused: callers
 * stop by themselves, once the machine's entry is gone.
 *
 * @returns requests that were still open when it gave up
 */
export async function drain(longestSeconds = LONGEST_SECONDS): Promise<number> {
  const deadline = Date.now() + longestSeconds * 1000;
  for (;;) {
    const open = await openRequests();
    if (open === 0 || Date.now() > deadline) return open;
    await pause(200);
  }
}

/** pilot-agent takes five seconds to end Envoy; one that is only starting may not listen to being told. */
const STOP_MS = 12_000;

/**
 * Stops Istio once no request is in flight, by force where it does not stop by itself.
 *
 * @returns requests that were still open
 */
export async function stopIstio(): Promise<number> {
  const left = await drain();
  const stopped = await run('systemctl', ['stop', 'istio'], { timeoutMs: STOP_MS });
  if (stopped.code !== 0) {
    await run('systemctl', ['kill', '--signal=KILL', 'istio']);
    await run('systemctl', ['stop', 'istio']);
  }
  return left;
}

/** Requests from others that Envoy is working on; 0 where it does not say. */
function openRequests(): Promise<number> {
  const path = '/stats?usedonly&filter=^http\\.inbound_.*downstream_rq_active$';
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port: ADMIN_PORT, path, timeout: 1000 }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => {
        const numbers = text.split('\n').map((line) => Number(line.split(': ')[1] ?? 0));
        resolve(numbers.filter(Number.isFinite).reduce((sum, each) => sum + each, 0));
      });
    })
      .on('timeout', () => resolve(0))
      .on('error', () => resolve(0));
  });
}
