import { fields, items, type Path } from '../../manifests/manifest';
import type { Entry, ObjectSet } from '../object-set';
import type { ManifestCheck } from './check';

/** A namespace that does not exist lets nobody in, and shows nothing to anybody. */
export const namedNamespaces: ManifestCheck = {
  id: 'MF506',
  title: 'every namespace that an object names exists',
  istio: ['IST0101'],
  needs: 'cluster',
  run: function* (objects, context) {
    const known = new Set([objects, context].flatMap(namespacesOf));
    for (const entry of objects.entries)
      for (const { name, path } of namedBy(entry))
        if (!Array.from(known).some((namespace) => matches(name, namespace)))
          yield {
            entry,
            path,
            message: `there is no namespace ${name}`,
            fix: 'correct the name, or remove it',
          };
  },
};

function namespacesOf(objects: ObjectSet): string[] {
  return objects.entries.map(({ kind, group, name, namespace }) =>
    kind === 'Namespace' && group === '' ? name : namespace,
  );
}

function* namedBy({ group, kind, spec }: Entry): Generator<{ name: string; path: Path }> {
  if (group === 'networking.istio.io')
    for (const [index, item] of items(spec.exportTo).entries())
      if (!['.', '*', '~'].includes(String(item)))
        yield { name: String(item), path: ['spec', 'exportTo', index] };
  if (group === 'security.istio.io' && kind === 'AuthorizationPolicy')
    for (const [index, rule] of items(spec.rules).entries())
      for (const [number, from] of items(fields(rule).from).entries())
        for (const key of ['namespaces', 'notNamespaces'])
          for (const [place, name] of items(fields(fields(from).source)[key]).entries())
            yield {
              name: String(name),
              path: ['spec', 'rules', index, 'from', number, 'source', key, place],
            };
}

/** Whether a name with a `*` at its start or its end, or neither, is that of a namespace. */
function matches(pattern: string, namespace: string): boolean {
  if (pattern.startsWith('*')) return namespace.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? namespace.startsWith(pattern.slice(0, -1)) : pattern === namespace;
}
