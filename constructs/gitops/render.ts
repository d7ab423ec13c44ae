import { join } from 'node:path/posix';
import type { LoadedMigration } from '../../config';
import { isServedByCluster } from '../../config/schema/agent-download';
import type { GitOps } from '../../config/schema/gitops';
import { LAYERS, layerFolder, meshFolder, pathOf } from '../../manifests/dist-layout';
import type { Manifest } from '../render';
import { argoApplication } from './argocd';
import { fluxKustomization } from './flux';
import { syncName } from './sync-name';
import type { SyncedFolder } from './synced-folder';

/**
 * What syncs each layer of each migration, and the one object that syncs all of these.
 *
 * A layer has an object of its own in every phase, also where it is empty: an object that moves from one to another
 * would be pruned by the one and created by the other, in any order.
 *
 * @returns manifests by path below the output folder; none for environments whose mesh declares no `gitops`
 */
export function renderSync(migrations: readonly LoadedMigration[]): ReadonlyMap<string, readonly Manifest[]> {
  const files = new Map<string, readonly Manifest[]>();
  for (const { migration, mesh, environment } of migrations) {
    const { gitops, expansionGateway, agentDownload } = mesh;
    if (!gitops) continue;
    const folder = (name: readonly string[], path: string, wave = 0): Manifest =>
      syncs({ name: syncName([environment, ...name]), path: join(gitops.path, path), wave }, gitops);
    const layers = LAYERS.map((layer, wave) =>
      folder([migration.name, layer], layerFolder({ environment, migration: migration.name }, layer), wave),
    );
    files.set(pathOf({ is: 'sync', environment, of: migration.name }), layers);
    files.set(pathOf({ is: 'mesh', environment, part: 'bootstrap' }), [
      folder(['meshferry'], meshFolder(environment, 'sync')),
    ]);
    const ofMesh = [
      ...(expansionGateway.render ? [folder(['mesh', 'gateway'], meshFolder(environment, 'gateway'))] : []),
      ...(agentDownload && isServedByCluster(agentDownload)
        ? [folder(['mesh', 'agent'], meshFolder(environment, 'agent'))]
        : []),
    ];
    if (ofMesh.length > 0) files.set(pathOf({ is: 'sync', environment, of: 'mesh' }), ofMesh);
  }
  return files;
}

function syncs(folder: SyncedFolder, { flux, argocd }: GitOps): Manifest {
  if (argocd) return argoApplication(folder, argocd);
  if (flux) return fluxKustomization(folder, flux);
  throw new Error('gitops declares neither flux nor argocd');
}
