import type { IstioMatch } from './http-match';
import type { Refusal, Translated } from './refusal';
import { type ValueMatch, valueMatches } from './string-match';

/** One of a GRPCRoute's matches; without a method it is for every one. */
export interface GrpcMatch {
  readonly method?: { readonly type: 'Exact'; readonly service: string; readonly method?: string };
  readonly headers?: readonly ValueMatch[];
}

const METHOD_PATH = /^\/(\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\/(?:([A-Za-z_]\w*))?$/;

/** Conditions in the words of a GRPCRoute, which knows services and methods where http has paths. */
export function grpcMatch(match: IstioMatch): Translated<GrpcMatch> {
  const { uri, headers, ...others } = match;
  const refusals: Refusal[] = Object.entries(others)
    .filter(([, value]) => value !== undefined)
    .map(([key]) => ({
      path: [key],
      message:
        'a GRPCRoute takes services, methods and headers as conditions: leave it out, or name the http ports that the rule is for in ports',
    }));
  const method = uri && methodOf(uri);
  if (method === null)
    refusals.push({
      path: ['uri'],
      message:
        'a GRPCRoute takes exact: /package.Service/Method or prefix: /package.Service/ as a path: declare one of them, or name the http ports that the rule is for in ports',
    });
  const headerMatches = valueMatches(headers);
  return {
    refusals,
    value: { ...(method && { method }), ...(headerMatches.length > 0 && { headers: headerMatches }) },
  };
}

/** The service and method that a path stands for; undefined: any; null: none can say it. */
function methodOf({ exact, prefix }: NonNullable<IstioMatch['uri']>): GrpcMatch['method'] | null {
  if (prefix === '/') return undefined;
  const [, service, method] = METHOD_PATH.exec(exact ?? prefix ?? '') ?? [];
  if (service === undefined || (exact === undefined) !== (method === undefined)) return null;
  return { type: 'Exact', service, ...(method !== undefined && { method }) };
}
