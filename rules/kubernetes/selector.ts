import { fields, items, type Path } from '../../manifests/manifest';
import { type Broken, isSet, type Part } from '../broken';
import { labelRules } from './metadata';

/** Labels that objects must carry, and conditions on them. */
export function* labelSelectorRules(selector: Part, path: Path): Generator<Broken> {
  yield* labelRules(selector.matchLabels, [...path, 'matchLabels']);
  for (const [index, item] of items(selector.matchExpressions).entries()) {
    const { key, operator, values } = fields(item);
    const at = [...path, 'matchExpressions', index];
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (!wantsValues && operator !== 'Exists' && operator !== 'DoesNotExist')
      yield {
        path: [...at, 'operator'],
        message: `"${operator}" is no operator`,
        fix: 'use In, NotIn, Exists or DoesNotExist',
      };
    else if (wantsValues !== isSet(values))
      yield {
        path: at,
        message: `${operator} ${wantsValues ? 'has no values' : 'takes no values'}`,
        fix: wantsValues ? 'add values' : 'remove values',
      };
    // A key and each of its values are those of a label.
    for (const value of [undefined, ...items(values)]) yield* labelRules({ [String(key)]: value }, at);
  }
}

/** Whether labels satisfy a selector. */
export function isSelected(selector: Part, labels: Part): boolean {
  const carries = ([key, value]: [string, unknown]) => labels[key] === value;
  return (
    Object.entries(fields(selector.matchLabels)).every(carries) &&
    items(selector.matchExpressions).every((item) => {
      const { key, operator, values } = fields(item);
      const value = labels[String(key)];
      if (operator === 'In') return items(values).includes(value);
      if (operator === 'NotIn') return !items(values).includes(value);
      return (operator === 'Exists') === (value !== undefined);
    })
  );
}
