import { run } from '../machine/command';
import { openConnections } from '../machine/envoy';
import { reconnectToIstiod, refuseIstiod } from '../machine/istiod-connection';
import { isActive } from '../machine/machine';
import { pause } from '../pause';
import type { JournalLines } from './journal-lines';

const LONGEST_SECONDS = 30;

/**
 * Waits until nobody is connected to the machine's service any more, or for half a minute. New connections are not
 * refused: once the machine's entry is gone, callers in the mesh close those that are idle, and the others as soon as
 * the request on them is answered. (Envoy counts requests as well, but Istio has it forget those numbers.)
 *
 * @returns connections that were still open when it gave up
 */
export async function drain(longestSeconds = LONGEST_SECONDS): Promise<number> {
  const deadline = Date.now() + longestSeconds * 1000;
  for (;;) {
    const open = await openConnections();
    if (open === 0 || Date.now() > deadline) return open;
    await pause(200);
  }
}

/** pilot-agent takes five seconds to end Envoy; one that is only starting may not listen to being told. */
const STOP_MS = 12_000;

/**
 * Stops Istio once no request is in flight, by force where it does not stop by itself.
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

/** istiod removes the entry of a machine ten seconds after it has gone, and tells callers at once. */
const GONE_MS = 11_000;

/**
 * Has callers turn to others, while the machine still serves: it stays away from istiod, which takes it for gone.
 * Nothing is done where nobody is connected.
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
 * @param retired what has happened, for the journal
 */
export async function retireIstio(retired: string, lines: JournalLines): Promise<void> {
  if (!(await isActive('istio'))) return;
  lines.info(`${retired}: Istio stops once no request is in flight`);
  const left = await stopIstio();
  await run('systemctl', ['disable', '--quiet', 'istio']);
  const cut = left > 0 ? `, ${left} connections did not end in time` : '';
  lines.info(`${retired}: Istio is stopped${cut}; \`meshferry-agent uninstall\` cleans up`);
}
