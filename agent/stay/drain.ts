import { run } from '../machine/command';
import { openConnections } from '../machine/envoy';
import { reconnectToIstiod, refuseIstiod } from '../machine/istiod-connection';
import { isActive } from '../machine/machine';
import { pause } from '../pause';
import type { JournalLines } from './journal-lines';

/** How long open connections may delay a stop. */
const MAX_DRAIN_SECONDS = 30;

/**
 * Waits until no caller is connected to the machine's service any more, for half a minute at most. New connections are
 * not refused: once the machine's entry is gone, callers in the mesh close idle connections at once, and the others
 * when the request on them is answered. (Envoy counts requests, but Istio does not have it keep those statistics.)
 *
 * @returns connections that were still open at the end
 */
export async function drain(seconds = MAX_DRAIN_SECONDS): Promise<number> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const open = await openConnections();
    if (open === 0 || Date.now() > deadline) return open;
    await pause(200);
  }
}

/** pilot-agent takes five seconds to end Envoy; while it starts it may ignore the signal. */
const STOP_MS = 12_000;

/**
 * Stops Istio once no request is in flight, and kills it if it does not stop in time.
 *
 * @returns connections that were still open
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

/** istiod removes the entry of a machine ten seconds after it disconnected, and updates callers at once. */
const GONE_MS = 11_000;

/**
 * Has callers use other endpoints while the machine still serves: the machine disconnects from istiod, which removes
 * its entry. Does nothing if no caller is connected.
 */
export async function leaveTraffic(): Promise<void> {
  if ((await openConnections()) === 0) return;
  await refuseIstiod();
  await reconnectToIstiod();
  await pause(GONE_MS);
}

/**
 * Stops Istio for good, once no request is in flight.
 *
 * @param retired what happened, for the journal
 */
export async function retireIstio(retired: string, lines: JournalLines): Promise<void> {
  if (!(await isActive('istio'))) return;
  lines.info(`${retired}: Istio stops once no request is in flight`);
  const left = await stopIstio();
  await run('systemctl', ['disable', '--quiet', 'istio']);
  const cut = left > 0 ? `, ${left} connections did not end in time` : '';
  lines.info(`${retired}: Istio is stopped${cut}; \`meshferry-agent uninstall\` cleans up`);
}
