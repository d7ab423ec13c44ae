import { join } from 'node:path/posix';

/**
 * How `dist/` is laid out: the path of each rendered file, and what a path stands for. No other file spells one.
 *
 *     <environment>/<migration>/vm/manifests.yaml          a layer of the current phase; so workload/ and routing/
 *     <environment>/<migration>/phases/01-onboard.yaml     a preview of a phase, all its layers in one file
 *     <environment>/mesh/gateway/manifests.yaml            what a mesh needs; so agent/ and bootstrap/
 *     <environment>/mesh/sync/<migration>.yaml             what syncs the layers; mesh.yaml: what syncs the mesh
 */
export type DistFile =
  | ({ readonly is: 'layer'; readonly layer: Layer } & OfMigration)
  | ({ readonly is: 'preview'; readonly number: number; readonly phase: string } & OfMigration)
  | ({ readonly is: 'mesh'; readonly part: MeshPart } & OfEnvironment)
  | ({ readonly is: 'sync'; readonly of: string } & OfEnvironment);

interface OfEnvironment {
  /** Folder of the environment, with `/` between its levels; '' at the top. */
  readonly environment: string;
}

interface OfMigration extends OfEnvironment {
  readonly migration: string;
}

/** What is synced together, in the order in which the parts of a preview stand. */
export const LAYERS = ['vm', 'workload', 'routing'] as const;
export type Layer = (typeof LAYERS)[number];

/** What a mesh needs by itself. */
export const MESH_PARTS = ['gateway', 'agent', 'bootstrap'] as const;
export type MeshPart = (typeof MESH_PARTS)[number];

/** The one name beside the migrations of an environment; none of them may have it. */
const MESH = 'mesh';
const MANIFESTS = 'manifests.yaml';
const PHASES = 'phases';

/** `prod/analytics`: the folder of a migration, and its id. */
export function migrationFolder({ environment, migration }: OfMigration): string {
  return join(environment, migration);
}

/** Folder that a controller syncs: a layer of a migration. */
export function layerFolder(of: OfMigration, layer: Layer): string {
  return join(migrationFolder(of), layer);
}

/** Folder of the previews of a migration. */
export function phasesFolder(of: OfMigration): string {
  return join(migrationFolder(of), PHASES);
}

/** Folder that a controller syncs: a part of a mesh, or what syncs the layers. */
export function meshFolder(environment: string, part: MeshPart | 'sync'): string {
  return join(environment, MESH, part);
}

/** Path of a file, from the output folder, with `/` between its parts. */
export function pathOf(file: DistFile): string {
  switch (file.is) {
    case 'layer':
      return join(layerFolder(file, file.layer), MANIFESTS);
    case 'preview':
      return join(phasesFolder(file), `${String(file.number).padStart(2, '0')}-${file.phase}.yaml`);
    case 'mesh':
      return join(meshFolder(file.environment, file.part), MANIFESTS);
    case 'sync':
      return join(meshFolder(file.environment, 'sync'), `${file.of}.yaml`);
  }
}

const LAYER_FILE = new RegExp(`^(?:(.+)/)?([^/]+)/(${LAYERS.join('|')})/${MANIFESTS}$`);
const PREVIEW_FILE = new RegExp(`^(?:(.+)/)?([^/]+)/${PHASES}/(\\d{2,})-([a-z0-9-]+)\\.yaml$`);
const MESH_FILE = new RegExp(`^(?:(.+)/)?${MESH}/(${MESH_PARTS.join('|')})/${MANIFESTS}$`);
const SYNC_FILE = new RegExp(`^(?:(.+)/)?${MESH}/sync/([a-z0-9-]+)\\.yaml$`);

/**
 * What a path stands for, by its form alone; the inverse of {@link pathOf}.
 *
 * @param path with `/` between its parts, from the output folder; what is before it counts as the environment's folder
 */
export function fileAt(path: string): DistFile | undefined {
  const layer = LAYER_FILE.exec(path);
  if (layer) {
    const [, environment = '', migration = '', name] = layer;
    return { is: 'layer', environment, migration, layer: name as Layer };
  }
  const preview = PREVIEW_FILE.exec(path);
  if (preview) {
    const [, environment = '', migration = '', number, phase = ''] = preview;
    return { is: 'preview', environment, migration, number: Number(number), phase };
  }
  const mesh = MESH_FILE.exec(path);
  if (mesh) return { is: 'mesh', environment: mesh[1] ?? '', part: mesh[2] as MeshPart };
  const sync = SYNC_FILE.exec(path);
  return sync ? { is: 'sync', environment: sync[1] ?? '', of: sync[2] ?? '' } : undefined;
}

/** First line of a layer's part of a preview, without its end: git may have made another of that. */
export function layerHeading(layer: Layer): string {
  return `# layer: ${layer}`;
}

/** Folder of the migration that a path belongs to, which is also its id; undefined for what belongs to none. */
export function migrationAt(path: string): string | undefined {
  const file = fileAt(path);
  return file && 'migration' in file ? migrationFolder(file) : undefined;
}

/** Environment of a folder that a controller syncs: `prod` for `prod/analytics/vm` and for `prod/mesh/gateway`. */
export function environmentOf(folder: string): string {
  return folder.split('/').slice(0, -2).join('/');
}
