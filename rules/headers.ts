import { fields, items, type Path, text } from '../manifests/manifest';
import type { Broken } from './broken';
import { headerValueProblem } from './header-value';

// With the comma, which no header's name has: Istio takes it.
const TOKEN = /^[!#$%&'*+,\-.^_`|~A-Za-z0-9]+$/;
const PSEUDO = [':method', ':scheme', ':authority', ':path', ':status'];

/** Whether a text can be the name of an HTTP header. */
export function isHeaderName(name: string): boolean {
  return TOKEN.test(name);
}

/** Whether a header name stands for a claim of a JWT, which only gateways can match. */
export function isClaim(name: string): boolean {
  return /^@request\.auth\.claims(\..+|\[.+\])$/i.test(name);
}

/** Whether a header can be matched: a name, a pseudo header, or a claim of a JWT. */
export function isMatchableHeader(name: string): boolean {
  return isClaim(name) || PSEUDO.includes(name) || isHeaderName(name);
}

/** Whether a header sets the host that the request is for. */
export function isAuthority(name: string): boolean {
  return [':authority', 'host'].includes(name.toLowerCase());
}

/** What is added to, set in and removed from requests and responses. */
export function* headerOperationRules(headers: unknown, path: Path): Generator<Broken> {
  for (const side of ['request', 'response'] as const)
    for (const operation of ['add', 'set'] as const) {
      for (const [name, value] of Object.entries(fields(fields(fields(headers)[side])[operation]))) {
        const below = [...path, side, operation, name];
        yield* changeableRule(name, below, side === 'request');
        const problem = headerValueProblem(text(value) ?? '');
        if (problem)
          yield {
            path: below,
            message: `the value of the header ${name} ${problem}`,
            fix: 'write %% for a percent sign, and %NAME% or %NAME(…)% for one of Envoy’s variables',
          };
      }
    }
  for (const side of ['request', 'response'] as const)
    for (const [index, name] of items(fields(fields(headers)[side]).remove).entries())
      yield* changeableRule(String(name), [...path, side, 'remove', index], false);
}

function* changeableRule(name: string, path: Path, authority: boolean): Generator<Broken> {
  if (name === '')
    yield { path, message: 'the name of a header is empty', fix: 'name the header, or remove it' };
  else if ((name.startsWith(':') || name.toLowerCase() === 'host') && !(authority && isAuthority(name)))
    yield {
      path,
      message: `the header ${name} cannot be changed here`,
      fix: 'remove it; the host of a request is changed by rewrite.authority',
    };
}

/** The host of a request may be set in one place only. */
export function* singleAuthorityRule(rewrite: unknown, headers: unknown, path: Path): Generator<Broken> {
  const request = fields(fields(headers).request);
  const values = [
    fields(rewrite).authority,
    ...(['set', 'add'] as const).flatMap((operation) =>
      Object.entries(fields(request[operation])).flatMap(([name, value]) =>
        isAuthority(name) ? [value] : [],
      ),
    ),
  ];
  const [first, ...others] = values.filter((value) => value !== undefined && value !== '');
  if (first !== undefined && (others.length > 0 || values.at(-1) === ''))
    yield {
      path: [...path, 'headers', 'request'],
      message: `the host of the request is set more than once, to ${[first, ...others].join(' and ')}`,
      fix: 'set it in one place, by rewrite.authority',
    };
}
