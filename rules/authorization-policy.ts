import { fields, items, type Path } from '../manifests/manifest';
import {
  addressesRules,
  attributeRules,
  filledRules,
  portsRules,
  serviceAccountsRules,
  trustDomainsRules,
} from './attributes';
import { type Broken, isGiven, isSet, type Part, type Rules } from './broken';
import { pathTemplateRules } from './path-template';
import { targetRules } from './scope';

const IDENTITIES = ['principals', 'requestPrincipals', 'namespaces', 'serviceAccounts', 'trustDomains'];
const SOURCES = [...IDENTITIES, 'ipBlocks', 'remoteIpBlocks'];
const OPERATIONS = ['ports', 'methods', 'paths', 'hosts'];
const OF_IDENTITIES = ['source.namespace', 'source.serviceAccount', 'source.trustDomain', 'source.principal'];

/** What istiod's webhook refuses of an AuthorizationPolicy. */
export const authorizationPolicyRules: Rules = function* (manifest): Generator<Broken> {
  const spec = fields(manifest.spec);
  const { action = 'ALLOW', rules, provider } = spec;
  yield* targetRules(spec);
  if (action !== 'ALLOW' && action !== 'AUDIT' && !isSet(rules))
    yield {
      path: ['spec'],
      message: `${action} without rules is never followed`,
      fix: 'add rules; an empty rule ({}) takes every request',
    };
  if (action === 'CUSTOM' && isSet(rules) && !isSet(fields(provider).name))
    yield { path: ['spec'], message: 'CUSTOM asks a provider, and none is named', fix: 'add provider.name' };
  if (action !== 'CUSTOM' && isGiven(provider))
    yield {
      path: ['spec', 'provider'],
      message: `${action} asks no provider`,
      fix: 'remove it, or write CUSTOM',
    };
  for (const [index, item] of items(rules).entries()) {
    const path = ['spec', 'rules', index];
    const rule = fields(item);
    for (const [number, from] of items(rule.from).entries())
      yield* sourceRules(fields(from).source, [...path, 'from', number], action === 'CUSTOM');
    for (const [number, to] of items(rule.to).entries())
      yield* operationRules(fields(to).operation, [...path, 'to', number]);
    for (const [number, when] of items(rule.when).entries())
      yield* conditionRules(fields(when), [...path, 'when', number], action === 'CUSTOM');
  }
};

function both(keys: readonly string[]): string[] {
  return keys.flatMap((key) => [key, `not${key[0]?.toUpperCase()}${key.slice(1)}`]);
}

function unsupported(path: Path): Broken {
  return { path, message: 'CUSTOM cannot look at who calls', fix: 'leave it to the provider' };
}

function* sourceRules(value: unknown, path: Path, custom: boolean): Generator<Broken> {
  const source = fields(value);
  if (!both(SOURCES).some((key) => isSet(source[key]))) {
    yield { path, message: 'the source is empty', fix: 'say who, or remove it' };
    return;
  }
  if (custom)
    for (const key of both(IDENTITIES)) if (isSet(source[key])) yield unsupported([...path, 'source', key]);
  const accounts = both(['serviceAccounts']).some((key) => isSet(source[key]));
  if (accounts && both(['principals', 'namespaces']).some((key) => isSet(source[key])))
    yield {
      path: [...path, 'source'],
      message: 'serviceAccounts stand beside namespaces or principals',
      fix: 'write <namespace>/<service account>, and remove the others',
    };
  for (const key of both(['ipBlocks', 'remoteIpBlocks']))
    yield* addressesRules(source[key], [...path, 'source', key]);
  for (const key of both(['principals', 'requestPrincipals', 'namespaces']))
    yield* filledRules(source[key], [...path, 'source', key]);
  for (const key of both(['serviceAccounts']))
    yield* serviceAccountsRules(source[key], [...path, 'source', key]);
  for (const key of both(['trustDomains'])) yield* trustDomainsRules(source[key], [...path, 'source', key]);
}

function* operationRules(value: unknown, path: Path): Generator<Broken> {
  const operation = fields(value);
  if (!both(OPERATIONS).some((key) => isSet(operation[key]))) {
    yield { path, message: 'the operation is empty', fix: 'say what, or remove it' };
    return;
  }
  const at = [...path, 'operation'];
  for (const key of both(['ports'])) yield* portsRules(operation[key], [...at, key]);
  for (const key of both(['methods', 'paths', 'hosts'])) yield* filledRules(operation[key], [...at, key]);
  for (const key of both(['paths'])) yield* pathTemplateRules(operation[key], [...at, key]);
}

function* conditionRules(condition: Part, path: Path, custom: boolean): Generator<Broken> {
  const key = String(condition.key ?? '');
  if (key === '') {
    yield { path, message: 'the condition names no attribute', fix: 'add key' };
    return;
  }
  if (custom && (OF_IDENTITIES.includes(key) || key.startsWith('request.auth.')))
    yield unsupported([...path, 'key']);
  const lists = ['values', 'notValues'];
  if (!lists.some((list) => isSet(condition[list])))
    yield { path, message: `nothing is compared with ${key}`, fix: 'add values or notValues' };
  else for (const list of lists) yield* attributeRules(key, condition[list], [...path, list]);
}
