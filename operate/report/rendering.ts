import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from '../../output/compare';
import { readSources } from '../../verify';

/** A Kubernetes object that a controller syncs. */
export interface SyncedObject {
  /** `VirtualService smm-demo/analytics`. */
  readonly label: string;
  /** Group, kind, namespace and name: the same for every version of one object. */
  readonly key: string;
  /** Folder that it is synced with, below `dist/`: `prod/analytics/routing`. */
  readonly folder: string;
  readonly kind: string;
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** What `dist/` has a controller apply: its objects by key, and the folders that it syncs. */
export interface Rendering {
  readonly objects: ReadonlyMap<string, SyncedObject>;
  readonly folders: ReadonlySet<string>;
}

/**
 * Reads a rendering. Previews of phases are left out, since no controller applies them.
 *
 * @param dist the folder; a missing one is an empty rendering
 * @throws UnreadableError where a file is not valid YAML
 */
export function readRendering(dist: string): Rendering {
  const objects = new Map<string, SyncedObject>();
  const folders = new Set<string>();
  for (const file of listFiles(dist)) {
    const steps = file.split('/').slice(0, -1);
    if (steps.at(-1) === 'phases' || !/\.ya?ml$/.test(file)) continue;
    const folder = steps.join('/');
    folders.add(folder);
    for (const { manifest } of readSources(file, readFileSync(join(dist, file), 'utf8'))) {
      const object = synced(manifest, folder);
      objects.set(object.key, object);
    }
  }
  return { objects, folders };
}

function synced(manifest: Readonly<Record<string, unknown>>, folder: string): SyncedObject {
  const metadata = (manifest.metadata ?? {}) as { readonly name?: string; readonly namespace?: string };
  const kind = String(manifest.kind);
  const apiVersion = String(manifest.apiVersion);
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const name = metadata.namespace ? `${metadata.namespace}/${metadata.name}` : String(metadata.name);
  // Two environments are two clusters: the same name in both is two objects.
  const environment = folder.split('/').slice(0, -2).join('/');
  return {
    label: `${kind} ${name}`,
    key: [environment, group, kind, name].join('|'),
    folder,
    kind,
    manifest,
  };
}
