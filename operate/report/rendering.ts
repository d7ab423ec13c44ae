import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOf, fileAt, migrationAt } from '../../manifests/dist-layout';
import { OutputError } from '../../output';
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
  /** Ids of the migrations, previews alone included: `prod/analytics`. */
  readonly migrations: ReadonlySet<string>;
}

/**
 * Reads a rendering. Previews of phases are left out, since no controller applies them.
 *
 * @param dist the folder; a missing one is an empty rendering
 * @throws UnreadableError where a file is not valid YAML
 * @throws OutputError where one is a link: it could show a file of this computer in a pull request
 */
export function readRendering(dist: string): Rendering {
  const objects = new Map<string, SyncedObject>();
  const folders = new Set<string>();
  const migrations = new Set<string>();
  for (const file of listFiles(dist)) {
    const migration = migrationAt(file);
    if (migration !== undefined) migrations.add(migration);
    if (fileAt(file)?.is === 'preview' || !/\.ya?ml$/.test(file)) continue;
    if (!lstatSync(join(dist, file)).isFile())
      throw new OutputError(`✖ ${file} in the rendering is a link: render again by \`meshferry synth\``);
    const folder = file.split('/').slice(0, -1).join('/');
    folders.add(folder);
    for (const { manifest } of readSources(file, readFileSync(join(dist, file), 'utf8'))) {
      const object = synced(manifest, folder);
      objects.set(object.key, object);
    }
  }
  return { objects, folders, migrations };
}

/** Objects of one migration that lie in no folder, as if they were rendered for it. */
export function renderingOf(
  manifests: readonly Readonly<Record<string, unknown>>[],
  migration: string,
): Rendering {
  const objects = manifests.map((manifest) => synced(manifest, migration));
  return {
    objects: new Map(objects.map((object) => [object.key, object])),
    folders: new Set([migration]),
    migrations: new Set([migration]),
  };
}

function synced(manifest: Readonly<Record<string, unknown>>, folder: string): SyncedObject {
  const metadata = (manifest.metadata ?? {}) as { readonly name?: string; readonly namespace?: string };
  const kind = String(manifest.kind);
  const apiVersion = String(manifest.apiVersion);
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const name = metadata.namespace ? `${metadata.namespace}/${metadata.name}` : String(metadata.name);
  // Two environments are two clusters: the same name in both is two objects.
  return {
    label: `${kind} ${name}`,
    key: [environmentOf(folder), group, kind, name].join('|'),
    folder,
    kind,
    manifest,
  };
}
