import { fields, items, type Path, text } from '../manifests/manifest';
import { type Broken, isGiven, isSet } from './broken';
import { isDnsLabel, wildcardDomainProblem } from './names';
import { notNegative, portRule } from './values';

/** Where a route leads: a host, and a subset and a port of it. */
export function* destinationRules(value: unknown, path: Path): Generator<Broken> {
  if (!isGiven(value)) return;
  const { host, subset, port } = fields(value);
  const name = text(host) ?? '';
  const problem = name === '*' ? 'is no single host' : wildcardDomainProblem(name);
  if (problem)
    yield {
      path: [...path, 'host'],
      message: `the destination "${name}" ${problem}`,
      fix: 'write the name of the Service in full',
    };
  if (typeof subset === 'string' && subset !== '' && !isDnsLabel(subset))
    yield {
      path: [...path, 'subset'],
      message: `"${subset}" cannot be the name of a subset`,
      fix: 'use letters, digits and "-", at most 63',
    };
  if (isGiven(port)) yield* portRule(fields(port).number ?? 0, [...path, 'port', 'number']);
}

/** The destinations of a route, with their weights. */
export function* destinationsRules(value: unknown, path: Path): Generator<Broken> {
  const list = items(value).map(fields);
  for (const [index, item] of list.entries()) {
    if (!isGiven(item.destination))
      yield { path: [...path, index], message: 'there is no destination', fix: 'add destination.host' };
    yield* destinationRules(item.destination, [...path, index, 'destination']);
    yield* notNegative(item, 'weight', [...path, index]);
  }
  const total = list.reduce((sum, { weight }) => sum + Number(weight ?? 0), 0);
  if (list.length > 1 && !isSet(total))
    yield {
      path,
      message: 'the weights add up to 0: none of the destinations would get a request',
      fix: 'give the destinations weights, 100 in all',
    };
}
