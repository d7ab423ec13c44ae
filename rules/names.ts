import { fields, type Path } from '../manifests/manifest';
import type { Broken } from './broken';

const LABEL = /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const WILDCARD_LABEL = /^(\*|(\*-?)?[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** Whether a text is one label of a DNS name as Istio takes it: letters of either case, digits and inner `-`. */
export function isDnsLabel(name: string): boolean {
  return name.length <= 63 && LABEL.test(name);
}

/** Why a text is no domain name, undefined where it is one. */
export function domainProblem(domain: string): string | undefined {
  return lengthProblem(domain) ?? labelsProblem(domain.split('.'));
}

/** The same for a name that may start with `*` or `*-`. */
export function wildcardDomainProblem(domain: string): string | undefined {
  const [first = '', ...rest] = domain.split('.');
  const tooLong = lengthProblem(domain);
  if (tooLong) return tooLong;
  if (first.length > 63 || !WILDCARD_LABEL.test(first)) return invalidLabel(first);
  return rest.length > 0 ? labelsProblem(rest) : undefined;
}

function lengthProblem(domain: string): string | undefined {
  if (domain === '') return 'is empty';
  return domain.length > 255 ? 'is longer than 255 characters' : undefined;
}

function labelsProblem(labels: readonly string[]): string | undefined {
  const last = labels.at(-1) ?? '';
  if (/^[+-]?\d+$/.test(last)) return `has the top level domain ${last}, which is a number`;
  const checked = last === '' && labels.length > 1 ? labels.slice(0, -1) : labels; // `istio.io.` is unambiguous
  const wrong = last === '' && labels.length === 1 ? undefined : checked.find((label) => !isDnsLabel(label));
  return wrong === undefined ? undefined : invalidLabel(wrong);
}

function invalidLabel(label: string): string {
  return `has the invalid part "${label}"`;
}

/** Whether one host takes in another, `*.example.com` every host below example.com. */
export function isSubsetOf(host: string, wider: string): boolean {
  if (!wider.startsWith('*')) return host === wider;
  return (
    (!host.startsWith('*') || host.length >= wider.length) && host.replace(/^\*/, '').endsWith(wider.slice(1))
  );
}

/** Whether two hosts, each of which may start with `*`, have a name in common. */
export function overlaps(one: string, other: string): boolean {
  return isSubsetOf(one, other) || isSubsetOf(other, one);
}

/** Labels whose keys or values Istio does not take. Kubernetes takes less: see labels.ts. */
export function* labelRules(labels: unknown, path: Path): Generator<Broken> {
  for (const [key, value] of Object.entries(fields(labels))) {
    const slash = key.indexOf('/');
    const prefix = slash < 0 ? undefined : key.slice(0, slash);
    const name = key.slice(slash + 1);
    if (
      !QUALIFIED.test(name) ||
      name.length > 63 ||
      (prefix !== undefined && (prefix.length > 253 || !prefix.split('.').every((part) => LABEL.test(part))))
    )
      yield {
        path: [...path, key],
        message: `"${key}" cannot be the key of a label`,
        fix: 'use letters, digits, "-", "_" and ".", at most 63, after a domain and "/" if you like',
      };
    if (typeof value === 'string' && value !== '' && !QUALIFIED.test(value))
      yield {
        path: [...path, key],
        message: `"${value}" cannot be the value of a label`,
        fix: 'use letters, digits, "-", "_" and ".", and begin and end with a letter or a digit',
      };
  }
}

/** A name of a port in Istio's own kinds. */
export function* portNameRule(name: string, path: Path): Generator<Broken> {
  if (isDnsLabel(name)) return;
  yield {
    path,
    message: `"${name}" cannot be the name of a port`,
    fix: 'use letters, digits and "-", at most 63',
  };
}
