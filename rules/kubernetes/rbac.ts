import { fields, items, type Path } from '../../manifests/manifest';
import { type Broken, isSet, type Part, type Rules } from '../broken';
import { isSubdomain } from './metadata';
import { oneOfRule } from './pod';

const GROUP = 'rbac.authorization.k8s.io';

/** What the API server refuses of a Role or a ClusterRole. */
export const roleRules: Rules = function* (manifest): Generator<Broken> {
  for (const [index, item] of items(manifest.rules).entries()) {
    const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = fields(item);
    const path = ['rules', index];
    const missing = (key: string): Broken => ({ path, message: `${key} is missing`, fix: `add ${key}` });
    if (!isSet(verbs)) yield missing('verbs');
    if (isSet(nonResourceURLs)) {
      if (manifest.kind === 'Role')
        yield {
          path: [...path, 'nonResourceURLs'],
          message: 'URLs belong to no namespace',
          fix: 'write a ClusterRole',
        };
      else if (isSet(apiGroups) || isSet(resources) || isSet(resourceNames))
        yield { path, message: 'URLs and resources exclude each other', fix: 'write two rules' };
      continue;
    }
    if (!isSet(apiGroups)) yield missing('apiGroups');
    if (!isSet(resources)) yield missing('resources');
  }
};

/** What the API server refuses of a RoleBinding or a ClusterRoleBinding. */
export const bindingRules: Rules = function* (manifest): Generator<Broken> {
  const { apiGroup = GROUP, kind, name } = fields(manifest.roleRef);
  yield* oneOfRule(apiGroup || GROUP, [GROUP], ['roleRef', 'apiGroup']);
  const kinds = manifest.kind === 'RoleBinding' ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  yield* oneOfRule(kind, kinds, ['roleRef', 'kind']);
  yield* pathNameRule(name, ['roleRef', 'name']);
  for (const [index, subject] of items(manifest.subjects).entries())
    yield* subjectRules(fields(subject), ['subjects', index], manifest.kind === 'ClusterRoleBinding');
};

function* subjectRules(
  { kind, name, namespace, apiGroup }: Part,
  path: Path,
  cluster: boolean,
): Generator<Broken> {
  yield* oneOfRule(kind, ['ServiceAccount', 'User', 'Group'], [...path, 'kind']);
  if (!isSet(name)) yield { path: [...path, 'name'], message: 'the subject has no name', fix: 'add name' };
  if (kind === 'ServiceAccount') {
    if (isSet(apiGroup)) yield* oneOfRule(apiGroup, [], [...path, 'apiGroup']);
    if (isSet(name) && !isSubdomain(String(name)))
      yield {
        path: [...path, 'name'],
        message: `"${name}" is no ServiceAccount`,
        fix: 'use lower case letters, digits, "-" and "."',
      };
    if (!isSet(namespace) && cluster)
      yield { path, message: 'a ServiceAccount has a namespace', fix: 'add namespace' };
  } else if (isSet(apiGroup)) yield* oneOfRule(apiGroup, [GROUP], [...path, 'apiGroup']);
}

function* pathNameRule(name: unknown, path: Path): Generator<Broken> {
  if (!isSet(name) || ['.', '..'].includes(String(name)) || /[/%]/.test(String(name)))
    yield { path, message: `"${name ?? ''}" is no role`, fix: 'name one' };
}
