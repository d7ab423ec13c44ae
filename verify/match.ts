import { fields, items } from '../manifests/manifest';

/** Conditions of a route, as `match` of a VirtualService's http, tls or tcp routes holds them. */
export type Match = Readonly<Record<string, unknown>>;

/** Fields that name a condition without being one. */
const NAMES = new Set(['name', 'statPrefix', 'ignoreUriCase']);

/**
 * Whether `first` takes every request that `second` takes: each of its conditions follows from one of `second`.
 * Where that cannot be told (two regular expressions, say), the answer is no.
 */
export function covers(first: Match, second: Match): boolean {
  return Object.entries(first).every(([key, condition]) => {
    if (NAMES.has(key)) return true;
    const other = second[key];
    switch (key) {
      case 'headers':
      case 'queryParams':
        return everyEntry(condition, other, coversText);
      case 'withoutHeaders':
      case 'sourceLabels':
        return everyEntry(condition, other, same);
      case 'gateways':
      case 'sniHosts':
      case 'destinationSubnets':
        return other !== undefined && items(other).every((item) => items(condition).includes(item));
      case 'uri':
        return (
          takesAnyPath(condition) ||
          (first.ignoreUriCase === second.ignoreUriCase && coversText(condition, other))
        );
      case 'method':
      case 'scheme':
      case 'authority':
        return coversText(condition, other);
      default:
        return same(condition, other);
    }
  });
}

/** Whether a StringMatch takes every text that another takes. One without conditions asks for presence only. */
function coversText(first: unknown, second: unknown): boolean {
  if (second === undefined) return false;
  const { prefix, regex } = fields(first);
  if (Object.keys(fields(first)).length === 0 || regex === '.*' || same(first, second)) return true;
  const start = fields(second).exact ?? fields(second).prefix;
  return typeof prefix === 'string' && typeof start === 'string' && start.startsWith(prefix);
}

function takesAnyPath(condition: unknown): boolean {
  const { prefix, regex } = fields(condition);
  return prefix === '/' || regex === '.*' || regex === '/.*';
}

function everyEntry(first: unknown, second: unknown, holds: (a: unknown, b: unknown) => boolean): boolean {
  const others = fields(second);
  return Object.entries(fields(first)).every(([key, value]) => key in others && holds(value, others[key]));
}

function same(first: unknown, second: unknown): boolean {
  return JSON.stringify(first) === JSON.stringify(second);
}
