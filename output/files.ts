import type { LoadedMigration } from '../config';
import type { Mesh } from '../config/schema/schema';
import { type Layers, type Manifest, renderAgentDownload, renderMesh, renderPhase } from '../constructs';
import { renderSync } from '../constructs/gitops/render';
import { LAYERS, layerHeading, type MeshPart, pathOf } from '../manifests/dist-layout';
import { plan } from '../plan/plan';
import { toYaml } from './yaml';

/** Content by path, relative to the output folder, with `/` between its parts. */
export type Files = ReadonlyMap<string, string>;

/** Every file of some migrations: the current phase by layer, a preview of each phase, and what each mesh needs. */
export function filesOf(migrations: readonly LoadedMigration[]): Files {
  const files = new Map<string, string>();
  for (const loaded of migrations) addMigration(loaded, files);
  for (const { mesh, environment } of meshes(migrations)) {
    const add = (part: MeshPart, manifests: readonly Manifest[]) => {
      if (manifests.length > 0) files.set(pathOf({ is: 'mesh', environment, part }), stream(manifests));
    };
    add('gateway', renderMesh(mesh));
    add('agent', renderAgentDownload(mesh));
  }
  for (const [path, manifests] of renderSync(migrations)) files.set(path, stream(manifests));
  return files;
}

function addMigration({ migration, mesh, environment }: LoadedMigration, files: Map<string, string>) {
  const of = { environment, migration: migration.name };
  const phases = plan(migration);
  // Phases share the layers that they do not change: each is written once.
  const texts = new Map<readonly Manifest[], string>();
  const text = (manifests: readonly Manifest[]) => {
    const known = texts.get(manifests) ?? stream(manifests);
    texts.set(manifests, known);
    return known;
  };
  for (const [index, phase] of phases.entries()) {
    const layers: Layers = renderPhase(migration, mesh, phase);
    const preview = LAYERS.map((layer) => `${layerHeading(layer)}\n${text(layers[layer])}`).join('---\n');
    files.set(pathOf({ is: 'preview', ...of, number: index + 1, phase: phase.name }), preview);
    if (phase.name !== migration.phase) continue;
    for (const layer of LAYERS) files.set(pathOf({ is: 'layer', ...of, layer }), text(layers[layer]));
  }
}

/** Each mesh once, under the environments that use it. */
function meshes(migrations: readonly LoadedMigration[]): { mesh: Mesh; environment: string }[] {
  const seen = new Map<string, { mesh: Mesh; environment: string }>();
  for (const { mesh, environment } of migrations) seen.set(environment, { mesh, environment });
  return [...seen.values()];
}

function stream(manifests: readonly Manifest[]): string {
  return manifests.map(toYaml).join('---\n');
}
