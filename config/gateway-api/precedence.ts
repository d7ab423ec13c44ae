import type { GrpcMatch } from './grpc-match';
import type { HttpMatch, IstioMatch } from './http-match';

/**
 * What the Gateway API, as Istio implements it, orders the matches of a route by, the first that differs deciding, the
 * larger first. Matches that are alike in all of it go in the order in which they are written.
 *
 * @see https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
 */
export type Precedence = readonly number[];

const RANKS = { Exact: 3, PathPrefix: 2, RegularExpression: 1 } as const;

export function httpPrecedence({ path, method, headers = [], queryParams = [] }: HttpMatch): Precedence {
  return [RANKS[path.type], path.value.length, method ? 1 : 0, headers.length, queryParams.length];
}

export function grpcPrecedence({ method, headers = [] }: GrpcMatch): Precedence {
  if (!method) return [0, 0, 0, headers.length, 0];
  // Istio takes `/service/method` for a path, and a service alone for a prefix.
  return method.method === undefined
    ? [RANKS.PathPrefix, method.service.length + 2, 0, headers.length, 0]
    : [RANKS.Exact, method.service.length + method.method.length + 2, 0, headers.length, 0];
}

/** Whether the first goes before the second although it is written after it. */
export function overtakes(later: Precedence, earlier: Precedence): boolean {
  for (const [index, value] of later.entries()) {
    const other = earlier[index] ?? 0;
    if (value !== other) return value > other;
  }
  return false;
}

/** Whether a request may fit both: false only where that can be told. */
export function mayOverlap(one: IstioMatch, other: IstioMatch): boolean {
  if (differ(one.method, other.method)) return false;
  for (const field of ['headers', 'queryParams'] as const) {
    const others = other[field] ?? {};
    const entries = Object.entries(one[field] ?? {});
    if (entries.some(([name, match]) => differ(match, others[name]))) return false;
  }
  if (one.ignoreUriCase || other.ignoreUriCase || !one.uri || !other.uri) return true;
  const [a, b] = [one.uri, other.uri];
  if (differ(a, b)) return false;
  const [first, second] = [a.exact ?? a.prefix, b.exact ?? b.prefix];
  if (first === undefined || second === undefined) return true;
  return (
    (a.prefix !== undefined && second.startsWith(a.prefix)) ||
    (b.prefix !== undefined && first.startsWith(b.prefix)) ||
    first === second
  );
}

/** Whether two texts are asked for that cannot both be there. */
function differ(one: { exact?: string | undefined } | undefined, other: typeof one): boolean {
  return one?.exact !== undefined && other?.exact !== undefined && one.exact !== other.exact;
}
