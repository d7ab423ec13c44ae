import { Session } from '../join/session';
import type { Paths } from '../paths';
import { JournalLines } from '../stay/journal-lines';
import { Keeper } from '../stay/keeper';
import { serveMetrics } from '../stay/metrics';

/**
 * Keeps the machine in the mesh until the process gets a signal to end: watches the mesh and the machine, and makes
 * the machine follow.
 */
export async function keepInMesh(paths: Paths): Promise<void> {
  const end = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end.abort());
  const lines = new JournalLines();
  const keeper = new Keeper(paths, new Session(paths), lines);
  const { metricsPort } = keeper.session.config;
  const server = metricsPort
    ? serveMetrics(
        metricsPort,
        () => keeper.measured,
        (error) => lines.warning(`metrics are not served: ${error.message}`),
      )
    : undefined;
  lines.info(`keeps this machine in ${keeper.groupName}`);
  const outdated = await keeper.keep(end.signal);
  server?.close();
  lines.info(outdated === undefined ? 'ends; Istio keeps running' : `${outdated}: starts again`);
}
