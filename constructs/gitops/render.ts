import { join } from 'node:path/posix';
import type { LoadedMigration } from '../../config';
import type { GitOps } from '../../config/schema/gitops';
import type { Manifest } from '../render';
import { argoApplication } from './argocd';
import { fluxKustomization } from './flux';
import { syncName } from './sync-name';
import type { SyncedFolder } from './synced-folder';

const LAYERS = ['vm', 'workload', 'routing'] as const;

/** Folders that hold what syncs an environment, below the environment's own. */
const SYNC = 'mesh/sync';
const BOOTSTRAP = 'mesh/bootstrap';

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
      syncs(
        { name: syncName([environment, ...name]), path: join(gitops.path, environment, path), wave },
        gitops,
      );
    const layers = LAYERS.map((layer, wave) =>
      folder([migration.name, layer], `${migration.name}/${layer}`, wave),
    );
    files.set(join(environment, SYNC, `${migration.name}.yaml`), layers);
    files.set(join(environment, BOOTSTRAP, 'manifests.yaml'), [folder(['meshferry'], SYNC)]);
    const ofMesh = [
      ...(expansionGateway.render ? [folder(['mesh', 'gateway'], 'mesh/gateway')] : []),
      ...(agentDownload ? [folder(['mesh', 'agent'], 'mesh/agent')] : []),
    ];
    if (ofMesh.length > 0) files.set(join(environment, SYNC, 'mesh.yaml'), ofMesh);
  }
  return files;
}

function syncs(folder: SyncedFolder, { flux, argocd }: GitOps): Manifest {
  if (argocd) return argoApplication(folder, argocd);
  if (flux) return fluxKustomization(folder, flux);
  throw new Error('gitops declares neither flux nor argocd');
}
