import type { Port } from '../port';
import type { Rule } from '../schema/rule';
import { type GrpcMatch, grpcMatch } from './grpc-match';
import { type HttpMatch, httpMatch, type IstioMatch, needsExpressions } from './http-match';
import { grpcPrecedence, httpPrecedence, mayOverlap, overtakes, type Precedence } from './precedence';
import type { Refusal, Translated } from './refusal';
import {
  grpcTreatment,
  type HeaderFilter,
  type HttpFilter,
  httpTreatment,
  type Treatment,
} from './treatment';

/** A rule of an HTTPRoute or GRPCRoute, without the backends. */
export interface RouteRule<Match, Filter> extends Treatment<Filter> {
  readonly name?: string;
  /** Conditions, any of which selects it. */
  readonly matches: readonly Match[];
}

const MOST_RULES = 16;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A rule for one port, and where it is declared; without an index it is the one for all the rest. */
interface Declared {
  readonly rule: Rule;
  readonly index?: number;
}

/**
 * The rules of an http-like port in the words of the Gateway API. Paths of refusals begin with the index of the rule.
 */
export function httpRouteRules(
  port: Pick<Port, 'name'>,
  rules: readonly Rule[],
): Translated<readonly RouteRule<HttpMatch, HttpFilter>[]> {
  const declared = rulesOf(port, rules);
  const expressions = needsExpressions(declared.flatMap(({ rule }) => rule.match ?? []));
  return translate(declared, {
    match: (match) => httpMatch(match, expressions),
    treatment: httpTreatment,
    precedence: httpPrecedence,
  });
}

/** The rules of a grpc port, likewise. */
export function grpcRouteRules(
  port: Pick<Port, 'name'>,
  rules: readonly Rule[],
): Translated<readonly RouteRule<GrpcMatch, HeaderFilter>[]> {
  return translate(rulesOf(port, rules), {
    match: grpcMatch,
    treatment: grpcTreatment,
    precedence: grpcPrecedence,
  });
}

function rulesOf({ name }: Pick<Port, 'name'>, rules: readonly Rule[]): Declared[] {
  const own = rules
    .map((rule, index) => ({ rule, index }))
    .filter(({ rule }) => rule.ports?.includes(name) ?? true);
  return own.some(({ rule }) => !rule.match) ? own : [...own, { rule: {} }];
}

interface Words<Match, Filter> {
  match(match: IstioMatch): Translated<Match>;
  treatment(rule: Rule): Translated<Treatment<Filter>>;
  precedence(match: Match): Precedence;
}

function translate<Match, Filter>(
  declared: readonly Declared[],
  words: Words<Match, Filter>,
): Translated<readonly RouteRule<Match, Filter>[]> {
  const refusals: Refusal[] = [];
  const refuse = (index: number | undefined, list: readonly Refusal[], below: Refusal['path'] = []) => {
    if (index === undefined) return;
    for (const { path, message } of list) refusals.push({ path: [index, ...below, ...path], message });
  };
  const value = declared.map(({ rule, index }) => {
    const treatment = words.treatment(rule);
    refuse(index, treatment.refusals);
    refuse(index, nameRefusals(rule));
    const matches = (rule.match ?? [{}]).map((match, position) => {
      const translated = words.match(match);
      refuse(index, translated.refusals, ['match', position]);
      return translated.value;
    });
    return { ...(rule.name !== undefined && { name: rule.name }), matches, ...treatment.value };
  });
  if (value.length > MOST_RULES)
    refuse(declared[MOST_RULES - 1]?.index, [
      {
        path: [],
        message: `a route of the Gateway API holds ${MOST_RULES} rules, one of them for all other requests: join some, or route this migration by routing: istio`,
      },
    ]);
  // What cannot be said has no order.
  return { value, refusals: refusals.length > 0 ? refusals : reordered(declared, value, words) };
}

function nameRefusals({ name }: Rule): Refusal[] {
  if (name === undefined || NAME.test(name)) return [];
  return [
    {
      path: ['name'],
      message:
        'the Gateway API takes lower case letters, digits, "-" and "." in the name of a rule: change it',
    },
  ];
}

/** Rules that the API would try before one that is declared before them. */
function reordered<Match, Filter>(
  declared: readonly Declared[],
  rules: readonly RouteRule<Match, Filter>[],
  { precedence }: Words<Match, Filter>,
): Refusal[] {
  const all = declared.flatMap(({ rule, index }, position) =>
    (rule.match ?? [{}]).map((match, nth) => ({
      match,
      treatment: JSON.stringify({ ...rules[position], matches: [], name: '' }),
      precedence: precedence(rules[position]?.matches[nth] as Match),
      index,
      nth,
    })),
  );
  return all.flatMap((later, position) => {
    const first = all
      .slice(0, position)
      .find(
        (earlier) =>
          earlier.index !== later.index &&
          earlier.treatment !== later.treatment &&
          overtakes(later.precedence, earlier.precedence) &&
          mayOverlap(earlier.match, later.match),
      );
    if (!first || first.index === undefined) return [];
    return later.index === undefined
      ? [
          {
            path: [first.index, 'match', first.nth],
            message:
              'is so short an expression that the Gateway API tries the route for all other requests before it: write out more of the path',
          },
        ]
      : [
          {
            path: [later.index, 'match', later.nth],
            message: `is more specific than a condition of rules[${first.index}], and the Gateway API tries the most specific one first, in whatever order they are declared: move it before rules[${first.index}], or let the two take different requests`,
          },
        ];
  });
}
