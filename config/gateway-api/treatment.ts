import { milliseconds } from '../schema/duration';
import type { Rule } from '../schema/rule';
import { type Method, methodNamed } from './http-match';
import type { Refusal, Translated } from './refusal';

interface Header {
  readonly name: string;
  readonly value: string;
}

interface HeaderModifier {
  readonly set?: readonly Header[];
  readonly add?: readonly Header[];
  readonly remove?: readonly string[];
}

/** A change of headers, as a filter of an HTTPRoute or GRPCRoute. */
export type HeaderFilter =
  | { readonly type: 'RequestHeaderModifier'; readonly requestHeaderModifier: HeaderModifier }
  | { readonly type: 'ResponseHeaderModifier'; readonly responseHeaderModifier: HeaderModifier };

/** What an HTTPRoute can do to a request. */
export type HttpFilter =
  | HeaderFilter
  | {
      readonly type: 'URLRewrite';
      readonly urlRewrite: {
        readonly hostname?: string;
        readonly path?: { readonly type: 'ReplaceFullPath'; readonly replaceFullPath: string };
      };
    }
  | {
      readonly type: 'CORS';
      readonly cors: {
        readonly allowOrigins?: readonly string[];
        readonly allowMethods?: readonly (Method | '*')[];
        readonly allowHeaders?: readonly string[];
        readonly exposeHeaders?: readonly string[];
        readonly maxAge: number;
        readonly allowCredentials?: boolean;
      };
    };

/** What a rule does to the requests that it takes. */
export interface Treatment<Filter = HttpFilter> {
  readonly filters?: readonly Filter[];
  readonly timeouts?: { readonly request: string };
}

/** Fields of a rule that say which requests it takes, or that are read elsewhere. */
const SELECTING = new Set(['name', 'ports', 'match']);
const MOST_HEADERS = 16;
const ELSEWHERE = 'leave it out, or route this migration by routing: istio';

/** What a rule does, in the words of an HTTPRoute. */
export function httpTreatment(rule: Rule): Translated<Treatment> {
  const refusals: Refusal[] = [];
  const { timeout, headers, rewrite, corsPolicy, ...others } = rule;
  refuseOthers(others, 'an HTTPRoute', refusals);
  const filters = [
    ...headerFilters(headers, refusals),
    ...rewriteFilter(rule, rewrite, refusals),
    ...corsFilter(corsPolicy, refusals),
  ];
  return {
    refusals,
    value: {
      ...(filters.length > 0 && { filters }),
      ...(timeout !== undefined && { timeouts: { request: gatewayDuration(timeout) } }),
    },
  };
}

/** What a rule does, in the words of a GRPCRoute: it changes headers, and nothing else. */
export function grpcTreatment({ headers, ...others }: Rule): Translated<Treatment<HeaderFilter>> {
  const refusals: Refusal[] = [];
  refuseOthers(others, 'a GRPCRoute', refusals);
  const filters = headerFilters(headers, refusals);
  return { refusals, value: filters.length > 0 ? { filters } : {} };
}

/** A duration as the Gateway API takes it: whole numbers, each with a unit. `1.5s` is `1s500ms`. */
export function gatewayDuration(text: string): string {
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const;
  let left = Math.round(milliseconds(text));
  const parts = units.map(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count > 0 ? `${count}${unit}` : '';
  });
  return parts.join('');
}

const WITHOUT_SHARE = 'a rule whose requests get to no side has no place in the routes of a migration';

const WHY: Readonly<Record<string, string>> = {
  retries:
    'the standard channel of the Gateway API has no retries, and Istio then retries as it does by default',
  fault: 'the Gateway API fails no requests on purpose',
  directResponse: 'the Gateway API answers no request in the proxy',
  delegate: 'the Gateway API delegates no requests to another route',
  redirect: `${WITHOUT_SHARE}: declare it in an HTTPRoute of your own`,
  route: `${WITHOUT_SHARE}: declare it in an HTTPRoute of your own`,
};

function refuseOthers(others: Partial<Rule>, kind: string, refusals: Refusal[]): void {
  for (const [key, value] of Object.entries(others)) {
    if (value === undefined || SELECTING.has(key)) continue;
    const why = (kind === 'an HTTPRoute' && WHY[key]) || `${kind} has no such field`;
    const grpc = kind === 'a GRPCRoute' ? 'name the http ports that the rule is for in ports, ' : '';
    refusals.push({ path: [key], message: `${why}: ${grpc}${ELSEWHERE}` });
  }
}

function headerFilters(headers: Rule['headers'], refusals: Refusal[]): HeaderFilter[] {
  const modifier = (side: 'request' | 'response'): HeaderModifier | undefined => {
    const { set, add, remove } = headers?.[side] ?? {};
    for (const [key, list] of Object.entries({ set, add, remove })) {
      if (Object.keys(list ?? {}).length <= MOST_HEADERS) continue;
      refusals.push({
        path: ['headers', side, key],
        message: `a filter of the Gateway API changes at most ${MOST_HEADERS} headers this way: ${ELSEWHERE}`,
      });
    }
    const found = {
      ...(set && Object.keys(set).length > 0 && { set: headerList(set) }),
      ...(add && Object.keys(add).length > 0 && { add: headerList(add) }),
      ...(remove && remove.length > 0 && { remove }),
    };
    return Object.keys(found).length > 0 ? found : undefined;
  };
  const [request, response] = [modifier('request'), modifier('response')];
  return [
    ...(request ? [{ type: 'RequestHeaderModifier' as const, requestHeaderModifier: request }] : []),
    ...(response ? [{ type: 'ResponseHeaderModifier' as const, responseHeaderModifier: response }] : []),
  ];
}

function headerList(headers: Readonly<Record<string, string>>): Header[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}

function rewriteFilter({ match }: Rule, rewrite: Rule['rewrite'], refusals: Refusal[]): HttpFilter[] {
  if (!rewrite) return [];
  const { uri, authority } = rewrite;
  if (uri !== undefined && !match?.every((one) => one.uri?.exact !== undefined && !one.ignoreUriCase)) {
    refusals.push({
      path: ['rewrite', 'uri'],
      message: `the Gateway API replaces a prefix of whole path elements, and Istio one of text: match the path by exact, ${ELSEWHERE}`,
    });
    return [];
  }
  const urlRewrite = {
    ...(authority !== undefined && { hostname: authority }),
    ...(uri !== undefined && { path: { type: 'ReplaceFullPath' as const, replaceFullPath: uri } }),
  };
  return Object.keys(urlRewrite).length > 0 ? [{ type: 'URLRewrite', urlRewrite }] : [];
}

/** What the API server fills in, and what browsers take where nobody says how long. */
const BROWSERS_MAX_AGE = 5;

function corsFilter(policy: Rule['corsPolicy'], refusals: Refusal[]): HttpFilter[] {
  if (!policy) return [];
  const { allowOrigins, allowMethods, allowHeaders, exposeHeaders, maxAge, allowCredentials } = policy;
  allowOrigins?.forEach(({ exact }, index) => {
    if (exact !== undefined) return;
    refusals.push({
      path: ['corsPolicy', 'allowOrigins', index],
      message: `the Gateway API takes origins by their whole name: declare each by exact, ${ELSEWHERE}`,
    });
  });
  allowMethods?.forEach((name, index) => {
    if (name === '*' || methodNamed(name)) return;
    refusals.push({
      path: ['corsPolicy', 'allowMethods', index],
      message: 'the Gateway API knows no such method: leave it out',
    });
  });
  const seconds = maxAge === undefined ? BROWSERS_MAX_AGE : milliseconds(maxAge) / 1000;
  if (!Number.isInteger(seconds))
    refusals.push({
      path: ['corsPolicy', 'maxAge'],
      message: 'the Gateway API counts it in whole seconds: round it',
    });
  return [
    {
      type: 'CORS',
      cors: {
        ...(allowOrigins && { allowOrigins: allowOrigins.flatMap(({ exact }) => exact ?? []) }),
        ...(allowMethods && {
          allowMethods: allowMethods.flatMap((name) => (name === '*' ? name : (methodNamed(name) ?? []))),
        }),
        ...(allowHeaders && { allowHeaders }),
        ...(exposeHeaders && { exposeHeaders }),
        maxAge: seconds,
        ...(allowCredentials !== undefined && { allowCredentials }),
      },
    },
  ];
}
