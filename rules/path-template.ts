import { items, type Path } from '../manifests/manifest';
import type { Broken } from './broken';

const LITERAL = /^[a-zA-Z0-9\-._~%!$&'()+,;:@=]+$/;

/** Paths with `{*}` for one part and `{**}` for all that follow. */
export function* pathTemplateRules(value: unknown, path: Path): Generator<Broken> {
  for (const [index, text] of items(value).map(String).entries()) {
    const problem = templateProblem(text);
    if (problem)
      yield {
        path: [...path, index],
        message: `"${text}" ${problem}`,
        fix: 'write "{*}" for one part and "{**}" at the end for all others',
      };
  }
}

function templateProblem(text: string): string | undefined {
  const isTemplate = /\{\*\*?\}/.test(text);
  const parts = text.replace(/^\/+|\/+$/g, '').split('/');
  const rest = parts.indexOf('{**}');
  for (const [index, part] of parts.entries()) {
    const operator = part === '{*}' || part === '{**}';
    if (operator && rest >= 0 && index > rest) return 'goes on with a wildcard after "{**}"';
    if (operator) continue;
    if (/[{}]/.test(part)) return 'has braces that are no wildcard';
    if (isTemplate && !LITERAL.test(part)) return `has the part "${part}", which cannot be in a path`;
  }
  return undefined;
}
