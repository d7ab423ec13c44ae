import { fields, items, type Path } from '../../manifests/manifest';
import { type Broken, isGiven, isSet, type Part } from '../broken';
import { labelRules } from './metadata';
import { labelValue } from './value-kinds';

/** Terms of which a node must fulfil one. */
export function* nodeSelectorRules({ nodeSelectorTerms }: Part, path: Path): Generator<Broken> {
  if (!isSet(nodeSelectorTerms))
    yield { path: [...path, 'nodeSelectorTerms'], message: 'there are no terms', fix: 'add one' };
}

/** A condition on the labels of nodes. */
export function* nodeRequirementRules({ operator, values }: Part, path: Path): Generator<Broken> {
  const count = items(values).length;
  const wanted: Readonly<Record<string, [fits: boolean, fix: string]>> = {
    In: [count > 0, 'add values'],
    NotIn: [count > 0, 'add values'],
    Exists: [count === 0, 'remove values'],
    DoesNotExist: [count === 0, 'remove values'],
    Gt: [count === 1, 'give one value'],
    Lt: [count === 1, 'give one value'],
  };
  const [fits, fix] = wanted[String(operator)] ?? [false, 'use In, NotIn, Exists, DoesNotExist, Gt or Lt'];
  if (!fits) yield { path, message: `${operator ?? 'no operator'} has ${count} values`, fix };
  for (const [index, value] of items(values).entries())
    if (!labelValue.is(String(value)))
      yield {
        path: [...path, 'values', index],
        message: `"${value}" is not ${labelValue.what}`,
        fix: labelValue.fix,
      };
}

/** What a pod puts up with. */
export function* tolerationRules(
  { key, operator, value, effect, tolerationSeconds }: Part,
  path: Path,
): Generator<Broken> {
  if (!isSet(key) && operator !== 'Exists')
    yield {
      path,
      message: 'a toleration without a key tolerates nothing',
      fix: 'add key, or operator: Exists',
    };
  if (isGiven(tolerationSeconds) && effect !== 'NoExecute')
    yield {
      path: [...path, 'effect'],
      message: 'tolerationSeconds is for the effect NoExecute',
      fix: 'write effect: NoExecute, or remove tolerationSeconds',
    };
  if (operator === 'Exists' && isSet(value))
    yield { path: [...path, 'value'], message: 'Exists takes no value', fix: 'remove it, or use Equal' };
  if (operator !== 'Exists' && !labelValue.is(String(value ?? '')))
    yield {
      path: [...path, 'value'],
      message: `"${value}" is not ${labelValue.what}`,
      fix: labelValue.fix,
    };
}

/** Where the pods of a template may run. */
export function* placementRules(pod: Part, path: Path): Generator<Broken> {
  yield* labelRules(pod.nodeSelector, [...path, 'nodeSelector']);
  const seen = new Set<string>();
  for (const [index, item] of items(pod.topologySpreadConstraints).entries()) {
    const { topologyKey, whenUnsatisfiable, minDomains } = fields(item);
    const at = [...path, 'topologySpreadConstraints', index];
    const key = `${topologyKey} ${whenUnsatisfiable}`;
    if (seen.has(key))
      yield {
        path: at,
        message: `two constraints have topologyKey ${topologyKey} and whenUnsatisfiable ${whenUnsatisfiable}`,
        fix: 'remove one of the two',
      };
    seen.add(key);
    if (isGiven(minDomains) && whenUnsatisfiable !== 'DoNotSchedule')
      yield {
        path: [...at, 'minDomains'],
        message: 'minDomains is for whenUnsatisfiable: DoNotSchedule',
        fix: 'remove it',
      };
  }
}
