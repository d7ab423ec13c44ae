import { dirname } from 'node:path';
import type { Source } from '../manifests/manifest';

/**
 * Objects that name no namespace go where `kubectl -n` or a kustomization puts them. Those of one folder go there
 * together; those of two folders most likely do not. Each folder therefore stands for a namespace of its own, under a
 * name that no namespace can have.
 */
export function byFolder(sources: readonly Source[]): readonly Source[] {
  const folders = new Map<string, string>();
  return sources.map((source) => {
    if (source.file === undefined) return source;
    const folder = dirname(source.file);
    const namespace = folders.get(folder) ?? `default~${folders.size}`;
    folders.set(folder, namespace);
    return { ...source, namespace };
  });
}

/** A message as a person should read it. */
export function withoutFolderNames(message: string): string {
  return message.replace(/\bdefault~\d+/g, 'default');
}
