import { environmentOf } from '../../manifests/dist-layout';
import { type Source, verifyManifests } from '../../verify';
import type { ObjectChange } from './object-change';
import type { Rendering, SyncedObject } from './rendering';

/** Something in a change that a reviewer must not overlook. */
export interface Danger {
  readonly flag: 'gone' | 'prune' | 'orphan' | 'selector' | 'immutable' | 'mtls' | 'route';
  /** What happens, in one sentence without a full stop. */
  readonly message: string;
}

/** Fields that the API server refuses to change: an apply fails until the object is deleted. */
const IMMUTABLE: Readonly<Record<string, RegExp>> = {
  Deployment: /^spec\.selector\b/,
  StatefulSet: /^spec\.(selector|serviceName|volumeClaimTemplates|podManagementPolicy)\b/,
  DaemonSet: /^spec\.selector\b/,
  Job: /^spec\.(selector|template|completions)\b/,
  Service: /^spec\.clusterIPs?\b/,
  RoleBinding: /^roleRef\b/,
  ClusterRoleBinding: /^roleRef\b/,
  PersistentVolumeClaim: /^spec\.(?!resources\b)/,
};

/** Fields that decide which workloads an object is about. */
const SELECTORS: Readonly<Record<string, RegExp>> = {
  Service: /^spec\.selector\b/,
  DestinationRule: /^spec\.(subsets\b.*\.labels\b|host\b)/,
  WorkloadGroup: /^spec\.metadata\.labels\b/,
  PeerAuthentication: /^spec\.selector\b/,
  ServiceEntry: /^spec\.workloadSelector\b/,
  Deployment: /^spec\.template\.metadata\.labels\b/,
};

/** Fields that decide whether connections are encrypted. */
const MTLS: Readonly<Record<string, RegExp>> = {
  PeerAuthentication: /^spec\.(mtls|portLevelMtls)\b/,
  DestinationRule: /\btrafficPolicy\b.*\btls\b/,
};

/** Kinds that can be deleted without an effect on requests. */
const HARMLESS = new Set(['ConfigMap']);

/** What is dangerous about a change, the worst first. */
export function dangersOf(changes: readonly ObjectChange[], before: Rendering, after: Rendering): Danger[] {
  return [
    ...gone(before, after),
    ...routes(before, after),
    ...orphans(before, after),
    ...immutable(changes),
    ...selectors(changes),
    ...mtls(changes),
    ...prunes(changes),
  ];
}

/** Whole migrations that are no longer rendered: with what syncs them, all that they are goes too. */
function gone(before: Rendering, after: Rendering): Danger[] {
  return [...before.migrations]
    .filter((migration) => !after.migrations.has(migration))
    .map((migration) => {
      const own = [...before.objects.values()].filter(({ folder }) => folder.startsWith(`${migration}/`));
      return {
        flag: 'gone',
        message: `the migration ${migration} is no longer rendered, with ${own.length} object${own.length === 1 ? '' : 's'}: a controller that syncs a folder above deletes them`,
      };
    });
}

/** Routes that fail in the new state and did not in the old one. */
function routes(before: Rendering, after: Rendering): Danger[] {
  const old = new Set(routeErrors(before));
  return routeErrors(after)
    .filter((message) => !old.has(message))
    .map((message) => ({ flag: 'route', message }));
}

/** Ids of the checks that find requests that would fail. `meshferry verify` reports the others. */
const ROUTE_CHECKS = /^MF[2345]/;

function routeErrors({ objects }: Rendering): string[] {
  const environments = new Map<string, Source[]>();
  for (const { folder, manifest } of objects.values()) {
    const environment = environmentOf(folder);
    environments.set(environment, [...(environments.get(environment) ?? []), { manifest }]);
  }
  return [...environments.values()].flatMap((together) =>
    verifyManifests(together, { view: 'rendering' })
      .filter(({ id, severity }) => severity === 'error' && ROUTE_CHECKS.test(id))
      .map(({ id, message, object }) => `${object}: ${message} (${id})`),
  );
}

/** Folders that are gone: the controller that syncs one fails, and prunes nothing. */
function orphans(before: Rendering, after: Rendering): Danger[] {
  return [...before.folders]
    .filter((folder) => !after.folders.has(folder))
    .map((folder) => {
      const left = [...before.objects.values()].filter((object) => object.folder === folder);
      const names = left.filter(({ key }) => !after.objects.has(key)).map(({ label }) => label);
      return {
        flag: 'orphan',
        message: `the folder ${folder} is gone: what syncs it fails, and ${names.length > 0 ? `${names.join(', ')} stay in the cluster` : 'nothing more happens'} until that is removed too`,
      };
    });
}

function immutable(changes: readonly ObjectChange[]): Danger[] {
  return fieldsOf(changes, IMMUTABLE).map(({ object, paths }) => ({
    flag: 'immutable',
    message: `${object.label}: ${paths.join(', ')} cannot change in place; the sync fails until the object is deleted`,
  }));
}

function selectors(changes: readonly ObjectChange[]): Danger[] {
  return fieldsOf(changes, SELECTORS).map(({ object, paths }) => ({
    flag: 'selector',
    message: `${object.label}: ${paths.join(', ')} decides which workloads it is about`,
  }));
}

function mtls(changes: readonly ObjectChange[]): Danger[] {
  const changed = fieldsOf(changes, MTLS).map(
    ({ object, paths }) =>
      `${object.label}: ${paths.join(', ')} decides whether callers in plain text get an answer`,
  );
  const removed = changes
    .filter(({ object, is }) => is === 'removed' && object.kind === 'PeerAuthentication')
    .map(({ object }) => `${object.label} goes: the namespace's or the mesh's mTLS mode counts from then on`);
  return [...changed, ...removed].map((message) => ({ flag: 'mtls', message }));
}

function prunes(changes: readonly ObjectChange[]): Danger[] {
  return changes
    .filter(({ object, is }) => is === 'removed' && !HARMLESS.has(object.kind))
    .map(({ object }) => ({ flag: 'prune', message: `${object.label} is deleted from the cluster` }));
}

function fieldsOf(
  changes: readonly ObjectChange[],
  fields: Readonly<Record<string, RegExp>>,
): { object: SyncedObject; paths: string[] }[] {
  return changes.flatMap((change) => {
    const pattern = fields[change.object.kind];
    const paths = change.fields.map(({ path }) => path).filter((path) => pattern?.test(path));
    return paths.length > 0 ? [{ object: change.object, paths }] : [];
  });
}
