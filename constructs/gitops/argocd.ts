import type { GitOps } from '../../config/schema/gitops';
import type { Manifest } from '../render';
import type { SyncedFolder } from './synced-folder';

/**
 * An Application of Argo CD that applies a folder and prunes what is no longer in it.
 *
 * - `automated.prune`, `selfHeal`: what leaves git leaves the cluster, and what is changed by hand is put right.
 * - `allowEmpty: false`: a folder in which nothing is found is an accident, since an emptied layer keeps its marker;
 *   Argo CD then prunes nothing.
 * - no finalizer: when the Application itself goes, because its migration's file was removed, its objects stay.
 * - no `ignoreDifferences`, `RespectIgnoreDifferences=false`: one that covers the weights of VirtualServices would
 *   leave each change of them out of the sync, in silence. A site-wide one in `argocd-cm` still has a commit that
 *   changes weights alone count as synced; `meshferry gate` and `status` compare what is live with git, and tell.
 * - `retry`: Argo CD tries a revision that failed never again by itself. It is short, since the next commit, a revert
 *   maybe, waits until it is over.
 * - the wave is for people's eyes: nothing depends on the order, and pruning in the reverse order is as good.
 *
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml
 */
export function argoApplication(folder: SyncedFolder, argocd: NonNullable<GitOps['argocd']>): Manifest {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      annotations: { 'argocd.argoproj.io/sync-wave': String(folder.wave ?? 0) },
      labels: { 'app.kubernetes.io/managed-by': 'meshferry' },
      name: folder.name,
      namespace: argocd.namespace,
    },
    spec: {
      destination: { server: argocd.server },
      project: argocd.project,
      source: { path: folder.path, repoURL: argocd.repository, targetRevision: argocd.revision },
      syncPolicy: {
        automated: { allowEmpty: false, prune: true, selfHeal: true },
        retry: { backoff: { duration: '2s', factor: 2, maxDuration: '10s' }, limit: 5 },
        syncOptions: ['CreateNamespace=false', 'RespectIgnoreDifferences=false', 'ServerSideApply=true'],
      },
    },
  };
}
