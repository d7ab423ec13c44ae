import { items, type Path } from '../manifests/manifest';
import type { Broken } from './broken';
import { isAddressOrBlock } from './values';

type ListRules = (value: unknown, path: Path) => Iterable<Broken>;

/** Each text of a list that is wrong, and why. */
function each(problemOf: (text: string) => string | undefined, fix: string): ListRules {
  return function* (value, path) {
    for (const [index, text] of items(value).map(String).entries()) {
      const problem = problemOf(text);
      if (problem) yield { path: [...path, index], message: problem, fix };
    }
  };
}

/** Texts that say something. */
export const filledRules = each(
  (text) => (text === '' ? 'the value is empty' : undefined),
  'give a value, or remove it',
);

/** IP addresses and blocks of them. */
export const addressesRules = each(
  (text) => (isAddressOrBlock(text) ? undefined : `"${text}" is no IP address and no block of them`),
  'write an address, or a block such as 10.0.0.0/8',
);

/** Port numbers, as texts. */
export const portsRules = each(
  (text) => (/^\d+$/.test(text) && Number(text) <= 65535 ? undefined : `"${text}" is no port number`),
  'give a number up to 65535, in quotes',
);

/** `<service account>`, or `<namespace>/<service account>`. */
export const serviceAccountsRules: ListRules = function* (value, path) {
  if (items(value).length > 16)
    yield { path, message: `there are ${items(value).length} service accounts`, fix: 'keep 16 at most' };
  yield* each((text) => {
    const [first, second, ...rest] = text.split('/');
    const wrong = text.includes('*') || text.length > 320 || rest.length > 0 || first === '' || second === '';
    return wrong ? `"${text}" is no service account` : undefined;
  }, 'write <service account>, or <namespace>/<service account>, without wildcards')(value, path);
};

const wildcardProblem = (text: string) => {
  const stars = text.split('*').length - 1;
  const outside = text.startsWith('*') || text.endsWith('*');
  return text === '' || stars > 1 || (stars === 1 && !outside) ? `"${text}" is no pattern` : undefined;
};

const wildcardRules = each(wildcardProblem, 'write a name, with one "*" at its start or end at most');

/** Trust domains, with a wildcard at the start or the end. */
export const trustDomainsRules = each(
  (text) => wildcardProblem(text) ?? (text.includes('/') ? `"${text}" is no trust domain` : undefined),
  'write a trust domain, with one "*" at its start or end at most',
);

/** Attributes of which any text is a value. */
const PLAIN = [
  ...['source.namespace', 'source.principal', 'connection.sni'],
  ...['request.auth.principal', 'request.auth.audiences', 'request.auth.presenter'],
];
const KEYED = ['request.headers', 'request.auth.claims', 'experimental.envoy.filters.'];
const REPLACED: Readonly<Record<string, string>> = {
  'destination.namespace': 'put the policy into that namespace',
  'destination.labels': 'use selector',
  'destination.name': 'use selector',
  'destination.user': 'use selector',
};

const OF_VALUES: Readonly<Record<string, ListRules>> = {
  'source.ip': addressesRules,
  'remote.ip': addressesRules,
  'destination.ip': addressesRules,
  'destination.port': portsRules,
  'source.serviceAccount': serviceAccountsRules,
  'source.trustDomain': wildcardRules,
};

/** What the values of an attribute must be, and whether there is such an attribute. */
export function* attributeRules(key: string, values: unknown, path: Path): Generator<Broken> {
  yield* filledRules(values, path);
  const at = [...path.slice(0, -1), 'key'];
  const keyed = KEYED.find((prefix) => key.startsWith(prefix));
  const rules = OF_VALUES[key];
  if (keyed !== undefined) {
    if (!/^[^[]+\[.+\]$/.test(key))
      yield {
        path: at,
        message: `"${key}" does not say which`,
        fix: `write ${keyed.replace(/\.$/, '.<filter>')}[<name>]`,
      };
  } else if (rules) yield* rules(values, path);
  else if (!PLAIN.includes(key)) {
    const replaced = Object.keys(REPLACED).find(
      (name) => key === name || (name.endsWith('labels') && key.startsWith(name)),
    );
    yield {
      path: at,
      message: `there is no attribute "${key}"`,
      fix:
        (replaced && REPLACED[replaced]) ??
        'use one of the attributes of the Authorization Policy Conditions of Istio',
    };
  }
}
