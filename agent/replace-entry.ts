import { staleFields } from './change-effect';
import { Failure } from './failure';
import { ApiError } from './kubernetes/client';
import type { WorkloadEntry, WorkloadGroup } from './kubernetes/objects';
import { pause } from './kubernetes/watch';
import { run } from './machine/command';
import { admitIstiod, refuseIstiod } from './machine/istiod-connection';
import { entriesPath, readEntry } from './mesh-facts';
import type { Session } from './session';

/** istiod removes an entry ten seconds after its machine has gone. */
const GONE_SECONDS = 40;

/**
 * Makes the machine's entry what its group says: istiod writes an entry once, and does not follow the group.
 *
 * With the right to patch entries, nothing is interrupted. Without it (the generator grants none: it could not be
 * limited to this machine's entry) the machine keeps away from istiod while Envoy serves on, until istiod has
 * removed the entry; then Istio is restarted and registers anew. Where this machine serves alone, its callers get
 * errors for the two seconds or so in between.
 *
 * @returns which way it went
 */
export async function replaceEntry(
  { api, config }: Session,
  group: WorkloadGroup,
  entry: WorkloadEntry,
  stale: readonly string[],
): Promise<'patched' | 'registered anew'> {
  const path = `${entriesPath(config)}/${entry.metadata.name}`;
  const patchable = stale.every((field) => field !== 'probe' && field !== 'serviceAccount');
  if (patchable) {
    try {
      const patched = await api.patch<WorkloadEntry>(path, patchOf(group, entry));
      if (staleFields(group, patched).length === 0) return 'patched';
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 403)) throw error;
    }
  }
  await refuseIstiod();
  try {
    const deadline = Date.now() + GONE_SECONDS * 1000;
    while (await readEntry(api, config, entry.metadata.name)) {
      if (Date.now() > deadline) {
        throw new Failure(
          'not-registered',
          `istiod did not remove the outdated WorkloadEntry ${entry.metadata.name} in ${GONE_SECONDS} s`,
          `delete it: kubectl delete workloadentry ${entry.metadata.name} -n ${config.workloadGroup.namespace}`,
        );
      }
      await pause(200);
    }
  } finally {
    await admitIstiod();
  }
  await run('systemctl', ['restart', 'istio']);
  return 'registered anew';
}

/** A merge patch: what is no longer in the group is set to null. */
function patchOf(group: WorkloadGroup, entry: WorkloadEntry) {
  const template = group.spec.template ?? {};
  const merged = (
    now: Readonly<Record<string, unknown>> = {},
    wanted: Readonly<Record<string, unknown>> = {},
  ) => ({
    ...Object.fromEntries(Object.keys(now).map((key) => [key, null])),
    ...wanted,
  });
  const labels = { ...template.labels, ...group.spec.metadata?.labels };
  return {
    metadata: { labels },
    spec: {
      ports: merged(entry.spec.ports, template.ports),
      labels,
      weight: template.weight ?? null,
      ...(template.locality && { locality: template.locality }),
    },
  };
}
