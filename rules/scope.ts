import { fields, items, type Path, text } from '../manifests/manifest';
import type { Broken } from './broken';
import { isGiven, isSet } from './broken';
import { domainProblem, isDnsLabel } from './names';

/** Namespaces that an object is shown to. */
export interface ExportOptions {
  readonly namespace: string;
  /** Whether `~` (nobody) is allowed. @default false */
  readonly nobody?: boolean;
  /** Whether the object is for the workloads of its own namespace alone. @default false */
  readonly ownOnly?: boolean;
}

/** `exportTo`: `.`, `*`, or names of namespaces, each once. */
export function* exportToRules(value: unknown, path: Path, options: ExportOptions): Generator<Broken> {
  const list = items(value).map(String);
  const named = list.map((entry) => (entry === '.' ? options.namespace : entry));
  for (const [index, entry] of list.entries()) {
    const at = [...path, index];
    if (named.indexOf(named[index] ?? '') !== index)
      yield { path: at, message: `${entry} names a namespace that is in the list before`, fix: 'remove it' };
    else if (entry === '~' && !options.nobody)
      yield { path: at, message: '"~" (nobody) is for a ServiceEntry only', fix: 'write "." or a namespace' };
    else if (!['.', '*', '~'].includes(entry) && !isDnsLabel(entry))
      yield {
        path: at,
        message: `"${entry}" is no namespace`,
        fix: 'write ".", "*" or the name of a namespace',
      };
  }
  for (const all of ['*', '~'])
    if (list.includes(all) && list.length > 1)
      yield {
        path,
        message: `"${all}" stands beside other namespaces`,
        fix: `write "${all}" alone, or the namespaces without it`,
      };
  if (options.ownOnly && list.length > 0 && (new Set(named).size > 1 || !named.includes(options.namespace)))
    yield {
      path,
      message: 'a rule with a workloadSelector cannot be exported to other namespaces',
      fix: 'write "."',
    };
}

/** Labels that select workloads: no wildcards, no empty keys. */
export function* selectorRules(labels: unknown, path: Path): Generator<Broken> {
  for (const [key, value] of Object.entries(fields(labels)))
    if (key === '' || key.includes('*') || String(value).includes('*'))
      yield {
        path: [...path, key],
        message: `${key}=${value} selects nothing: keys cannot be empty, and there are no wildcards`,
        fix: 'write the label as the workloads carry it, or remove it',
      };
}

const TARGETS = [
  ['', 'Service'],
  ['core', 'Service'],
  ['networking.istio.io', 'ServiceEntry'],
  ['gateway.networking.k8s.io', 'Gateway'],
  ['gateway.networking.k8s.io', 'GatewayClass'],
];

/** What a policy is about: workloads by their labels, or an object by reference, and only one of these. */
export function* targetRules(spec: Readonly<Record<string, unknown>>): Generator<Broken> {
  const { selector, targetRef, targetRefs } = spec;
  yield* selectorRules(fields(selector).matchLabels, ['spec', 'selector', 'matchLabels']);
  const given = [isGiven(selector), isGiven(targetRef), isSet(targetRefs)].filter(Boolean);
  if (given.length > 1)
    yield {
      path: ['spec'],
      message: 'selector, targetRef and targetRefs exclude each other',
      fix: 'keep one of them',
    };
  const references: [unknown, Path][] = [
    ...(isGiven(targetRef) ? [[targetRef, ['spec', 'targetRef']] as [unknown, Path]] : []),
    ...items(targetRefs).map((one, index): [unknown, Path] => [one, ['spec', 'targetRefs', index]]),
  ];
  for (const [reference, path] of references) yield* referenceRules(fields(reference), path);
}

function* referenceRules(reference: Readonly<Record<string, unknown>>, path: Path): Generator<Broken> {
  const { name, namespace, group = '', kind } = reference;
  if (!isSet(name)) yield { path, message: 'the reference names no object', fix: 'add name' };
  if (isSet(namespace))
    yield {
      path: [...path, 'namespace'],
      message: 'a policy cannot be about an object of another namespace',
      fix: 'remove namespace, and put the policy into that namespace',
    };
  if (!TARGETS.some(([knownGroup, knownKind]) => knownGroup === group && knownKind === kind))
    yield {
      path,
      message: `a policy cannot be about ${group ? `${group}/` : ''}${kind}`,
      fix: 'refer to a Service, a ServiceEntry, a Gateway or a GatewayClass, with its group',
    };
}

/** Names of gateways: `<namespace>/<name>`, a name of the same namespace, or `mesh`. */
export function* gatewayNameRules(value: unknown, path: Path): Generator<Broken> {
  for (const [index, item] of items(value).entries()) {
    const name = text(item) ?? '';
    const slash = name.indexOf('/');
    const fix = 'write <namespace>/<name> of the Gateway';
    const at = [...path, index];
    if (slash < 0) {
      const problem = domainProblem(name);
      if (problem) yield { path: at, message: `the gateway "${name}" ${problem}`, fix };
      // Istio looks no further after a name without a namespace.
      return;
    }
    if (!isDnsLabel(name.slice(0, slash)) || !isDnsLabel(name.slice(slash + 1)))
      yield { path: at, message: `"${name}" is no name of a gateway`, fix };
  }
}
