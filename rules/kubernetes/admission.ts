import { items, type Path } from '../../manifests/manifest';
import { type Broken, isGiven, isSet, type Part } from '../broken';
import { celProblem } from '../cel';
import { exactlyOne } from './one-of';

/** A policy says what it looks at, and what must hold. */
export function* admissionPolicyRules(
  { matchConstraints, validations, auditAnnotations }: Part,
  path: Path,
): Generator<Broken> {
  if (!isGiven(matchConstraints))
    yield {
      path: [...path, 'matchConstraints'],
      message: 'the policy looks at nothing',
      fix: 'add matchConstraints',
    };
  else if (!isSet((matchConstraints as Part).resourceRules))
    yield {
      path: [...path, 'matchConstraints', 'resourceRules'],
      message: 'the policy looks at nothing',
      fix: 'add resourceRules',
    };
  if (!isSet(validations) && !isSet(auditAnnotations))
    yield { path: [...path, 'validations'], message: 'nothing must hold', fix: 'add validations' };
}

/** What happens where a policy does not hold. */
export function* admissionBindingRules({ validationActions }: Part, path: Path): Generator<Broken> {
  const actions = items(validationActions).map(String);
  const at = [...path, 'validationActions'];
  if (actions.length === 0) yield { path: at, message: 'nothing happens', fix: 'add Deny' };
  for (const [index, action] of actions.entries())
    if (actions.indexOf(action) !== index)
      yield { path: [...at, index], message: `${action} is in the list before`, fix: 'remove it' };
  if (actions.includes('Deny') && actions.includes('Warn'))
    yield { path: at, message: 'Deny warns already', fix: 'remove Warn' };
}

/** Which requests a policy or a webhook looks at. */
export function* operationsRules(rule: Part, path: Path): Generator<Broken> {
  for (const key of ['operations', 'apiGroups', 'apiVersions', 'resources']) {
    const values = items(rule[key]).map(String);
    if (values.length === 0) yield { path: [...path, key], message: `${key} is missing`, fix: `add ${key}` };
    else if (key !== 'resources' && values.includes('*') && values.length > 1)
      yield { path: [...path, key], message: '"*" stands beside other values', fix: 'write "*" alone' };
    if (key !== 'operations' && key !== 'apiGroups')
      for (const [index, value] of values.entries())
        if (value === '')
          yield { path: [...path, key, index], message: 'the value is empty', fix: 'give one' };
  }
}

/** Parameters of a policy, by name or by labels. */
export function* parameterRules(reference: Part, path: Path): Generator<Broken> {
  const { name, selector } = reference;
  yield* exactlyOne({ name: isSet(name) ? name : undefined, selector }, ['name', 'selector'], path);
}

/** What a policy asks of an object, in CEL. */
export function* validationRules(
  { expression, messageExpression, reason }: Part,
  path: Path,
): Generator<Broken> {
  for (const [key, text] of Object.entries({ expression, messageExpression })) {
    const problem = typeof text === 'string' && text.trim() !== '' ? celProblem(text) : undefined;
    if (problem) yield { path: [...path, key], message: `no CEL: ${problem}`, fix: 'correct the expression' };
  }
  const reasons = ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'];
  if (isGiven(reason) && !reasons.includes(String(reason)))
    yield {
      path: [...path, 'reason'],
      message: `"${reason}" is no reason`,
      fix: `use one of ${reasons.join(', ')}`,
    };
}
