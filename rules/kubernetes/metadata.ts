import { fields, type Manifest, type Path, text } from '../../manifests/manifest';
import type { Broken } from '../broken';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** Kinds whose names are one label of a DNS name, since they become part of one. */
const LABEL_KINDS = ['Namespace'];

/** Whether a text is one label of a DNS name as Kubernetes takes it: in lower case, at most 63 characters. */
export function isLabelName(name: string): boolean {
  return name.length <= 63 && LABEL.test(name);
}

/** Whether a text is a domain name as Kubernetes takes it: in lower case, at most 253 characters. */
export function isSubdomain(name: string): boolean {
  return name.length <= 253 && SUBDOMAIN.test(name);
}

/** What the API server refuses of an object's metadata. */
export function* metadataRules(manifest: Manifest): Generator<Broken> {
  const { name, namespace, labels, annotations } = fields(manifest.metadata);
  const problem = typeof name === 'string' ? nameProblem(name, manifest) : undefined;
  if (problem)
    yield {
      path: ['metadata', 'name'],
      message: `"${name}" cannot be the name of ${of(manifest)}`,
      fix: problem,
    };
  if (typeof namespace === 'string' && namespace !== '' && !isLabelName(namespace))
    yield {
      path: ['metadata', 'namespace'],
      message: `"${namespace}" cannot be the name of a namespace`,
      fix: 'use lower case letters, digits and "-", at most 63',
    };
  yield* labelRules(labels, ['metadata', 'labels']);
  yield* annotationRules(annotations, ['metadata', 'annotations']);
}

/** Annotations of an object, or of its pods. */
export function* annotationRules(annotations: unknown, path: Path): Generator<Broken> {
  for (const key of Object.keys(fields(annotations)))
    if (!isQualifiedName(key.toLowerCase()))
      yield {
        path: [...path, key],
        message: `"${key}" cannot be the key of an annotation`,
        fix: 'use letters, digits, "-", "_" and ".", at most 63, after a domain and "/" if you like',
      };
}

function of(manifest: Manifest): string {
  const kind = text(manifest.kind) ?? 'object';
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function nameProblem(name: string, { apiVersion, kind }: Manifest): string | undefined {
  if (String(apiVersion).startsWith('rbac.authorization.k8s.io/'))
    return name === '.' || name === '..' || /[/%]/.test(name) ? 'leave out "/" and "%"' : undefined;
  if (kind === 'Service' && apiVersion === 'v1')
    return name.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name)
      ? undefined
      : 'use lower case letters, digits and "-", at most 63, and begin with a letter';
  // The API server takes whatever fits into a path here.
  if (kind === 'PodDisruptionBudget') return /[/%]/.test(name) ? 'leave out "/" and "%"' : undefined;
  if (LABEL_KINDS.includes(String(kind)))
    return isLabelName(name) ? undefined : 'use lower case letters, digits and "-", at most 63';
  return isSubdomain(name)
    ? undefined
    : 'use lower case letters, digits, "-" and ".", and begin and end with a letter or a digit';
}

/** Labels of an object, or of its pods. */
export function* labelRules(labels: unknown, path: Path): Generator<Broken> {
  for (const [key, value] of Object.entries(fields(labels))) {
    if (!isQualifiedName(key))
      yield {
        path: [...path, key],
        message: `"${key}" cannot be the key of a label`,
        fix: 'use letters, digits, "-", "_" and ".", at most 63, after a domain in lower case and "/" if you like',
      };
    if (typeof value === 'string' && !isLabelValue(value))
      yield {
        path: [...path, key],
        message: `"${value}" cannot be the value of a label`,
        fix: 'use at most 63 letters, digits, "-", "_" and ".", and begin and end with a letter or a digit',
      };
  }
}

/** Whether a text is the value of a label: it may be empty. */
export function isLabelValue(value: string): boolean {
  return value === '' || (value.length <= 63 && QUALIFIED.test(value));
}

/** Whether a text is a key of a label: a name, after a domain and `/` where there is one. */
export function isQualifiedName(key: string): boolean {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  return name.length <= 63 && QUALIFIED.test(name) && (slash < 0 || isSubdomain(key.slice(0, slash)));
}
