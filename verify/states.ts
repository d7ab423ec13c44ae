import { basename, dirname, isAbsolute } from 'node:path';
import { type DistFile, fileAt, migrationFolder } from '../manifests/dist-layout';
import type { Source } from '../manifests/manifest';
import type { View } from './finding';

/** A file and the objects in it. */
export interface ManifestFile {
  readonly file: string;
  readonly sources: readonly Source[];
}

/** Objects that are in one cluster at one moment. */
export interface State {
  readonly sources: readonly Source[];
  /** Objects that exist beside them and are judged elsewhere. */
  readonly context: readonly Source[];
  /** How much of a cluster the objects are. */
  readonly view: View;
}

/** A migration's previews, in the order of its phases. */
export interface Plan {
  readonly folder: string;
  readonly phases: readonly {
    readonly name: string;
    readonly number: number;
    readonly objects: readonly Source[];
  }[];
}

/**
 * Sorts the files of a folder by what they describe. In `dist/`, each environment (the folder above the migrations)
 * is a cluster of its own, and each preview in `phases/` a moment of its own; files elsewhere are one state together.
 */
export function statesOf(files: readonly ManifestFile[]): { states: State[]; plans: Plan[] } {
  const placed = files.map((one) => ({ one, ...placeOf(one.file) }));
  const environments = new Set(placed.flatMap(({ folder }) => (folder ? dirname(folder) : [])));
  const current = new Map<string, Source[]>();
  const shared = new Map<string, Source[]>();
  const previews = new Map<string, (ManifestFile & { readonly number: number })[]>();
  for (const { one, is, folder } of placed) {
    if (folder && is?.is === 'preview') add(previews, folder, { ...one, number: is.number });
    else {
      const environment = folder ? dirname(folder) : nearest(dirname(one.file), environments);
      add(current, environment, ...one.sources);
      if (!folder) add(shared, environment, ...one.sources);
    }
  }
  const elsewhere = shared.get('') ?? [];
  const states = [...current].map(([environment, sources]) => ({
    sources,
    context: environment === '' ? [] : elsewhere,
    view: (environment === '' ? 'files' : 'rendering') as View,
  }));
  const plans = [...previews].map(([folder, phases]) => ({
    folder,
    phases: phases
      .map(({ file, sources, number }) => ({ name: basename(file, '.yaml'), number, objects: sources }))
      .sort((a, b) => a.number - b.number || a.name.localeCompare(b.name)),
  }));
  const moments = plans.flatMap(({ folder, phases }) => {
    const context = [...(shared.get(dirname(folder)) ?? []), ...elsewhere];
    return phases.map(({ objects }) => ({ sources: objects, context, view: 'rendering' as View }));
  });
  return { states: [...states, ...moments], plans };
}

/** What a file is, and `dist/prod/analytics` where it belongs to a migration. */
function placeOf(file: string): { readonly is?: DistFile; readonly folder?: string } {
  // From inside a migration's folder, a layer's path is `vm/manifests.yaml`: the migration is then the folder itself.
  const is = fileAt(isAbsolute(file) ? file : `./${file}`);
  return { ...(is && { is }), ...(is && 'migration' in is && { folder: migrationFolder(is) }) };
}

/** The environment that a folder lies in, '' where it lies in none. */
function nearest(folder: string, environments: ReadonlySet<string>): string {
  for (let at = folder; ; at = dirname(at)) {
    if (environments.has(at)) return at;
    if (at === dirname(at)) return '';
  }
}

function add<T>(map: Map<string, T[]>, key: string, ...values: readonly T[]): void {
  const known = map.get(key);
  if (known) known.push(...values);
  else map.set(key, [...values]);
}
