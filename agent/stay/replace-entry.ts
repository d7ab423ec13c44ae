import { Failure } from '../failure';
import { entriesPath, readEntry } from '../join/mesh-facts';
import { parseEntry } from '../join/parse-group';
import type { Session } from '../join/session';
import { ApiError } from '../kubernetes/api-error';
import type { WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';
import { run } from '../machine/command';
import { admitIstiod, reconnectToIstiod, refuseIstiod } from '../machine/istiod-connection';
import { pause } from '../pause';
import { staleFields } from './change-effect';
import { drain } from './drain';

/** Longest wait for istiod to remove an entry, which it does ten seconds after the machine disconnected. */
const MAX_REMOVAL_SECONDS = 45;

/**
 * Makes the machine's entry match its group: istiod creates an entry once, and does not update it.
 *
 * With the right to patch entries, nothing is interrupted. Without it (the generator does not grant it, since it could
 * not be limited to this machine's entry) the machine disconnects from istiod while Envoy keeps serving. istiod removes
 * the entry ten seconds later, and the machine registers again. If the machine is the only backend, its callers get
 * errors in between: for less than a second, or for three seconds if Istio has to be restarted as well.
 *
 * @param restart restarts Istio; called if `restartAnyway`, and for new labels, which Envoy reads when it starts
 * @returns how the entry was replaced
 */
export async function replaceEntry(
  session: Session,
  group: WorkloadGroup,
  entry: WorkloadEntry,
  restartAnyway: boolean,
  restart: () => Promise<void>,
): Promise<'patched' | 'registered again'> {
  const stale = staleFields(group, entry);
  if (!stale.some((field) => NOT_PATCHED.has(field)) && (await patch(session, group, entry))) {
    if (restartAnyway) await restart();
    return 'patched';
  }
  let restartNeeded = restartAnyway || stale.some((field) => STARTED_WITH.has(field));
  await refuseIstiod();
  try {
    if (!(await reconnectToIstiod())) {
      await run('systemctl', ['stop', 'istio']);
      restartNeeded = true;
    }
    await untilGone(session, entry.metadata.name);
    if (restartNeeded) {
      // No caller has it as an endpoint any more: a long drain is not needed.
      await drain(2);
      await run('systemctl', ['kill', '--signal=KILL', 'istio']);
    }
  } finally {
    await admitIstiod();
  }
  if (restartNeeded) await restart();
  return 'registered again';
}

/** istiod reads these from the connection, not from the entry. */
const NOT_PATCHED: ReadonlySet<string> = new Set(['probe', 'serviceAccount']);
/** Envoy reports these when it connects, with their values from its start. */
const STARTED_WITH: ReadonlySet<string> = new Set(['labels', 'probe', 'serviceAccount', 'locality']);

async function untilGone({ api, config }: Session, name: string): Promise<void> {
  const deadline = Date.now() + MAX_REMOVAL_SECONDS * 1000;
  while (await readEntry(api, config, name)) {
    if (Date.now() > deadline) {
      throw new Failure(
        'not-registered',
        `istiod did not remove the outdated WorkloadEntry ${name} in ${MAX_REMOVAL_SECONDS} s`,
        `delete it: kubectl delete workloadentry ${name} -n ${config.workloadGroup.namespace}`,
      );
    }
    await pause(100);
  }
}

/** Whether the entry could be patched, and matches its group now. */
async function patch({ api, config }: Session, group: WorkloadGroup, entry: WorkloadEntry): Promise<boolean> {
  try {
    const path = `${entriesPath(config)}/${entry.metadata.name}`;
    const answer = await api.patch<unknown>(path, patchOf(group, entry));
    const patched = parseEntry(answer, config.workloadGroup.namespace, entry.metadata.name);
    return staleFields(group, patched).length === 0;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return false;
    throw error;
  }
}

/** A merge patch: ports that the group no longer has are null. */
function patchOf(group: WorkloadGroup, entry: WorkloadEntry) {
  const template = group.spec.template ?? {};
  const labels = { ...template.labels, ...group.spec.metadata?.labels };
  const gone = Object.keys(entry.spec.ports ?? {}).map((name) => [name, null]);
  return {
    metadata: { labels },
    spec: {
      ports: { ...Object.fromEntries(gone), ...template.ports },
      labels,
      weight: template.weight ?? null,
      ...(template.locality && { locality: template.locality }),
    },
  };
}
