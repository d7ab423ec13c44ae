import { basename, dirname } from 'node:path';
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

const PREVIEW = /^(\d+)-(.+)\.ya?ml$/;
const LAYERS = ['vm', 'workload', 'routing'];

/**
 * Sorts the files of a folder by what they describe. In `dist/`, each environment (the folder above the migrations)
 * is a cluster of its own, and each preview in `phases/` a moment of its own; files elsewhere are one state together.
 */
export function statesOf(files: readonly ManifestFile[]): { states: State[]; plans: Plan[] } {
  const environments = new Set(
    files.map(({ file }) => migrationFolder(file)).flatMap((folder) => (folder ? dirname(folder) : [])),
  );
  const current = new Map<string, Source[]>();
  const shared = new Map<string, Source[]>();
  const previews = new Map<string, ManifestFile[]>();
  for (const one of files) {
    const folder = migrationFolder(one.file);
    if (folder && isPreview(one.file)) add(previews, folder, one);
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
      .map(({ file, sources }) => ({
        name: basename(file).replace(/\.ya?ml$/, ''),
        number: numberOf(file),
        objects: sources,
      }))
      .sort((a, b) => a.number - b.number || a.name.localeCompare(b.name)),
  }));
  const moments = plans.flatMap(({ folder, phases }) => {
    const context = [...(shared.get(dirname(folder)) ?? []), ...elsewhere];
    return phases.map(({ objects }) => ({ sources: objects, context, view: 'rendering' as View }));
  });
  return { states: [...states, ...moments], plans };
}

/** `dist/prod/analytics` for a layer's file or a preview in it. */
function migrationFolder(file: string): string | undefined {
  const folder = dirname(file);
  return isPreview(file) || LAYERS.includes(basename(folder)) ? dirname(folder) : undefined;
}

function isPreview(file: string): boolean {
  return basename(dirname(file)) === 'phases' && PREVIEW.test(basename(file));
}

function numberOf(file: string): number {
  return Number(PREVIEW.exec(basename(file))?.[1]);
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
