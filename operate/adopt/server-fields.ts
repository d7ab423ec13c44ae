import { fields, type Manifest } from '../../manifests/manifest';
import { isMark } from './owner';

/** What the API server and controllers write of `metadata`; the rest is the owner's. */
const METADATA = [
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
];

/** Annotations that tools leave on an object. */
const ANNOTATIONS =
  /^(kubectl\.kubernetes\.io\/(last-applied-configuration|restartedAt)|deployment\.kubernetes\.io\/revision)$/;

/** An object as its owner wrote it: without what a server, a controller or a tool adds. */
export function withoutServerFields(manifest: Manifest): Manifest {
  const { status: _status, ...rest } = manifest;
  const metadata = Object.fromEntries(
    Object.entries(fields(rest.metadata)).filter(([key]) => !METADATA.includes(key)),
  );
  for (const key of ['labels', 'annotations']) {
    const kept = Object.entries(fields(metadata[key])).filter(
      ([name]) => !isMark(name) && !ANNOTATIONS.test(name),
    );
    delete metadata[key];
    if (kept.length > 0) metadata[key] = Object.fromEntries(kept);
  }
  return { ...rest, metadata };
}
