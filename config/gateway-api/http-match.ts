import type { Rule } from '../schema/rule';
import type { Refusal, Translated } from './refusal';
import { beginsWith, quoted, type StringMatch, type ValueMatch, valueMatches } from './string-match';

/** Conditions of a rule, any of which selects it. */
export type IstioMatch = NonNullable<Rule['match']>[number];

/** One of an HTTPRoute's matches. Its path is always given, as the API server would fill in one. */
export interface HttpMatch {
  readonly path: { readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression'; readonly value: string };
  readonly method?: Method;
  readonly headers?: readonly ValueMatch[];
  readonly queryParams?: readonly ValueMatch[];
}

/** Methods that the Gateway API knows. */
export const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
] as const;

/** A method that the Gateway API knows. */
export type Method = (typeof METHODS)[number];

/** The method of that name, undefined where the Gateway API knows none. */
export function methodNamed(text: string | undefined): Method | undefined {
  return METHODS.find((method) => method === text);
}

/** What the API takes as a path; anything else goes into an expression. */
const PLAIN_PATH = /^\/(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$/;
const UNCLEAN = /\/\/|\/\.\.?(\/|$)|%2f/i;

/**
 * Whether paths must be told apart by expressions. The PathPrefix of the Gateway API is one of whole path elements,
 * while Istio's prefix is one of text: `/api` takes `/apiary` too.
 */
export function needsExpressions(matches: readonly IstioMatch[]): boolean {
  return matches.some(({ uri, ignoreUriCase }) => {
    if (!uri || isAnyPath(uri)) return false;
    return uri.exact === undefined || ignoreUriCase === true || !isPlain(uri.exact);
  });
}

/**
 * Conditions in the words of an HTTPRoute.
 *
 * @param expressions whether another match of the same route needs an expression. Then any path is one too: the API
 *   tries a prefix before every expression, `/` before `/api.*` among them.
 */
export function httpMatch(match: IstioMatch, expressions: boolean): Translated<HttpMatch> {
  const { uri, method, headers, queryParams, ignoreUriCase, ...others } = match;
  const refusals: Refusal[] = Object.entries(others)
    .filter(([, value]) => value !== undefined)
    .map(([key]) => ({
      path: [key],
      message: `${WHY[key] ?? 'an HTTPRoute has no such condition'}: leave it out, or route this migration by routing: istio`,
    }));
  const name = methodNamed(method?.exact);
  if (method && !name)
    refusals.push({
      path: ['method'],
      message: `an HTTPRoute takes one method by its name, of ${METHODS.join(', ')}: declare a match for each, by exact`,
    });
  const [headerMatches, queryMatches] = [valueMatches(headers), valueMatches(queryParams)];
  return {
    refusals,
    value: {
      path: pathMatch(uri, ignoreUriCase ?? false, expressions),
      ...(name && { method: name }),
      ...(headerMatches.length > 0 && { headers: headerMatches }),
      ...(queryMatches.length > 0 && { queryParams: queryMatches }),
    },
  };
}

const WHY: Readonly<Record<string, string>> = {
  withoutHeaders: 'an HTTPRoute cannot ask that a header is missing',
  authority: 'an HTTPRoute takes no Host header as a condition of one rule',
  sourceLabels: 'the Gateway API does not tell callers apart',
  sourceNamespace: 'the Gateway API does not tell callers apart',
};

function pathMatch(
  uri: StringMatch | undefined,
  ignoreCase: boolean,
  expressions: boolean,
): HttpMatch['path'] {
  const expression = (value: string) => ({ type: 'RegularExpression' as const, value });
  const flags = ignoreCase ? '(?i)' : '';
  if (!uri || isAnyPath(uri)) return expressions ? expression('/.*') : { type: 'PathPrefix', value: '/' };
  if (uri.exact !== undefined)
    return !ignoreCase && isPlain(uri.exact)
      ? { type: 'Exact', value: uri.exact }
      : expression(`${flags}${quoted(uri.exact)}`);
  // Istio compares without regard to case only where it compares text.
  return expression(uri.prefix !== undefined ? `${flags}${beginsWith(uri.prefix)}` : (uri.regex ?? '/.*'));
}

function isAnyPath({ prefix }: StringMatch): boolean {
  return prefix === '/';
}

function isPlain(path: string): boolean {
  return PLAIN_PATH.test(path) && !UNCLEAN.test(path);
}
