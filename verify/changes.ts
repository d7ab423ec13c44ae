import type { Source } from '../manifests/manifest';
import { type Entry, ObjectSet } from './object-set';

/** Kinds that decide where a request goes; others reach the cluster in any order without one being seen. */
const STEERING = new Set([
  'DaemonSet',
  'Deployment',
  'DestinationRule',
  'GRPCRoute',
  'HTTPRoute',
  'Pod',
  'ReplicaSet',
  'Service',
  'ServiceEntry',
  'StatefulSet',
  'TCPRoute',
  'VirtualService',
  'WorkloadEntry',
  'WorkloadGroup',
]);

/** An object that steers traffic, and that two phases have differently. */
export interface SteeringChange {
  readonly entry: Entry;
  readonly before?: Source;
  readonly after?: Source;
}

/** What two phases have alike of what steers traffic, and what changes. */
export function changesBetween(
  from: readonly Source[],
  to: readonly Source[],
): { kept: Source[]; changes: SteeringChange[] } {
  const steering = (sources: readonly Source[]) =>
    new Map(
      new ObjectSet(sources).entries
        .filter(({ kind }) => STEERING.has(kind))
        .map((entry) => [entry.key, entry]),
    );
  const [before, after] = [steering(from), steering(to)];
  const kept: Source[] = [];
  const changes: SteeringChange[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, next] = [before.get(key), after.get(key)];
    const entry = (next ?? old) as Entry;
    if (old && next && sameObject(old, next)) kept.push(next.source);
    else changes.push({ entry, before: old?.source, after: next?.source });
  }
  return { kept, changes };
}

function sameObject(one: Entry, other: Entry): boolean {
  return one.manifest === other.manifest || JSON.stringify(one.manifest) === JSON.stringify(other.manifest);
}
