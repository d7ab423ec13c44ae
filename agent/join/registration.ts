import type { CompleteConfig } from '../config';
import { Failure } from '../failure';
import type { ApiServer } from '../kubernetes/client';
import type { WorkloadEntry } from '../kubernetes/objects';
import { run } from '../machine/command';
import { isActive } from '../machine/machine';
import { pause } from '../pause';
import { readEntry } from './mesh-facts';

/** Standing of a machine in the mesh. */
export type Standing = 'absent' | 'registered' | 'unhealthy' | 'unknown-health' | 'healthy';

/** Standing of an entry. An entry with a probe and without its condition is registered, and gets no traffic. */
export function standingOf(entry: WorkloadEntry | undefined): Standing {
  if (!entry) return 'absent';
  const annotations = entry.metadata.annotations ?? {};
  if (annotations['istio.io/disconnectedAt']) return 'absent';
  if (annotations['proxy.istio.io/health-checks-enabled'] !== 'true') return 'registered';
  const health = entry.status?.conditions?.find(({ type }) => type === 'Healthy');
  if (!health) return 'unknown-health';
  return health.status === 'True' ? 'healthy' : 'unhealthy';
}

/** Whether the mesh sends the machine traffic. */
export function serves(standing: Standing): boolean {
  return standing === 'healthy' || standing === 'registered';
}

const REGISTER_SECONDS = 45;
const HEALTH_SECONDS = 45;
const INTERVAL_MS = 150;

/**
 * Waits until the machine's entry appears.
 *
 * @param since an entry that connected before this time is an old one
 * @throws Failure `not-registered` or `istio-failed`, with the last problem in Istio's log
 */
export async function waitForRegistration(
  api: ApiServer,
  config: CompleteConfig,
  name: string,
  since?: Date,
): Promise<WorkloadEntry> {
  const deadline = Date.now() + REGISTER_SECONDS * 1000;
  for (;;) {
    const entry = await readEntry(api, config, name);
    const connected = new Date(entry?.metadata.annotations?.['istio.io/connectedAt'] ?? 0);
    if (entry && standingOf(entry) !== 'absent' && (!since || connected >= since)) return entry;
    if (Date.now() > deadline) {
      const logged = await lastProblem();
      if (!(await isActive('istio'))) {
        throw new Failure(
          'istio-failed',
          `Istio does not run: ${logged}`,
          'see its log: journalctl -u istio; tail /var/log/istio/istio.err.log',
        );
      }
      throw new Failure(
        'not-registered',
        `WorkloadEntry ${config.workloadGroup.namespace}/${name} did not appear in ${REGISTER_SECONDS} s: ${logged}`,
        'meshferry-agent doctor says which way to istiod is blocked; its log: /var/log/istio/istio.log',
      );
    }
    await pause(INTERVAL_MS);
  }
}

/**
 * Waits until the entry is Healthy, if its group has a probe.
 *
 * @throws Failure `not-healthy` with the message of the probe
 */
export async function waitForHealth(api: ApiServer, config: CompleteConfig, name: string): Promise<Standing> {
  const deadline = Date.now() + HEALTH_SECONDS * 1000;
  for (;;) {
    const entry = await readEntry(api, config, name);
    const standing = standingOf(entry);
    if (serves(standing)) return standing;
    if (Date.now() > deadline) {
      const condition = entry?.status?.conditions?.find(({ type }) => type === 'Healthy');
      throw new Failure(
        'not-healthy',
        `the machine is registered and gets no traffic: ${condition?.message || 'its probe has not answered yet'}`,
        'start the service on the machine, or correct vm.probe in the migration',
      );
    }
    await pause(INTERVAL_MS);
  }
}

/** The last warning or error in Istio's log. */
async function lastProblem(): Promise<string> {
  const log = await run('sh', [
    '-c',
    'tail -n 200 /var/log/istio/istio.err.log /var/log/istio/istio.log 2>/dev/null',
  ]);
  const lines = log.stdout.split('\n').filter((line) => /\b(error|fatal|warn(ing)?)\b/i.test(line));
  return (lines.at(-1) ?? 'its log has no error').replace(/^\S+\s+/, '').slice(0, 300);
}
