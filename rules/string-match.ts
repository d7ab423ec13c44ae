import { fields, type Path } from '../manifests/manifest';
import type { Broken } from './broken';
import { regexRule } from './values';

/** A StringMatch: `exact`, `prefix` or `regex`. The last two must hold something, but for the prefix of a URI. */
export function* stringMatchRules(
  match: unknown,
  path: Path,
  options: { uri?: boolean } = {},
): Generator<Broken> {
  const { prefix, regex } = fields(match);
  if (prefix === '' && !options.uri)
    yield {
      path: [...path, 'prefix'],
      message: 'the prefix is empty',
      fix: 'give a prefix, or remove the condition',
    };
  if (regex === '')
    yield {
      path: [...path, 'regex'],
      message: 'the regular expression is empty',
      fix: 'give an expression, or remove the condition',
    };
  yield* regexRule(regex, [...path, 'regex']);
}
