import type { GitOps } from '../../config/schema/gitops';
import type { Manifest } from '../render';
import type { SyncedFolder } from './synced-folder';

/**
 * A Kustomization of Flux that applies a folder and prunes what is no longer in it.
 *
 * - `prune`: a layer that is emptied keeps its marker, so the sync succeeds and takes the rest away.
 * - `deletionPolicy: Orphan`: when the Kustomization itself goes, because its migration's file was removed, its objects
 *   stay. By default Flux would delete the Deployment and the Service that serve by then.
 * - no `dependsOn`, no health checks, `wait: false`: a layer never waits for another. Pods that do not become ready
 *   would otherwise keep the revert that takes them out of the routes from being applied. Istio's objects could not be
 *   waited for anyway: their `observedGeneration` is a string, which Flux's health check fails on.
 * - `force: false`: a field that cannot change in place fails the sync, and does not delete and re-create under load.
 * - `timeout`, `retryInterval`: a failed apply is tried again soon, and never holds up the next commit for long.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/
 */
export function fluxKustomization(folder: SyncedFolder, flux: NonNullable<GitOps['flux']>): Manifest {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: {
      name: folder.name,
      namespace: flux.namespace,
      labels: { 'app.kubernetes.io/managed-by': 'meshferry' },
    },
    spec: {
      deletionPolicy: 'Orphan',
      force: false,
      interval: flux.interval,
      path: `./${folder.path}`,
      prune: true,
      retryInterval: '15s',
      sourceRef: { kind: 'GitRepository', name: flux.source },
      timeout: '1m',
      wait: false,
    },
  };
}
