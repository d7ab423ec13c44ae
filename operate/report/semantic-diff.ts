import { fieldChanges } from '../../manifests/field-diff';
import { type Danger, dangersOf } from './dangers';
import type { ObjectChange } from './object-change';
import type { Rendering, SyncedObject } from './rendering';

/** What differs between two renderings, and what that does to a cluster. */
export interface SemanticDiff {
  readonly changes: readonly ObjectChange[];
  /** What a reviewer must not overlook. */
  readonly dangers: readonly Danger[];
  /** What is touched, in numbers. */
  readonly radius: {
    /** `prod/analytics`: the folders of migrations with a change. */
    readonly migrations: readonly string[];
    /** Namespaces with a change. */
    readonly namespaces: readonly string[];
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
  };
}

/** Compares two renderings object by object: file names, order of keys and layout do not matter. */
export function semanticDiff(before: Rendering, after: Rendering): SemanticDiff {
  const changes: ObjectChange[] = [];
  for (const [key, object] of after.objects) {
    const old = before.objects.get(key);
    if (!old) changes.push({ object, is: 'added', fields: [] });
    else {
      const fields = fieldChanges(old.manifest, object.manifest);
      if (fields.length > 0) changes.push({ object, is: 'changed', fields });
    }
  }
  for (const [key, object] of before.objects) {
    if (!after.objects.has(key)) changes.push({ object, is: 'removed', fields: [] });
  }
  const count = (is: ObjectChange['is']) => changes.filter((change) => change.is === is).length;
  return {
    changes,
    dangers: dangersOf(changes, before, after),
    radius: {
      migrations: unique(changes.map(({ object }) => parent(object.folder))),
      namespaces: unique(changes.map(({ object }) => namespaceOf(object))),
      added: count('added'),
      changed: count('changed'),
      removed: count('removed'),
    },
  };
}

function parent(folder: string): string {
  return folder.split('/').slice(0, -1).join('/') || folder;
}

function namespaceOf({ manifest }: SyncedObject): string {
  return (manifest.metadata as { readonly namespace?: string }).namespace ?? '(cluster)';
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
