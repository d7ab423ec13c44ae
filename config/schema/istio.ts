import * as z from 'zod';
import type {
  DestinationRuleSpecTrafficPolicy,
  VirtualServiceSpecHttp,
} from '../../imports/networking.istio.io';
import type { Plain } from '../../imports/plain';
import routing from '../../imports/routing.json';
import type { JsonSchema } from '../../imports/schemas';
import { fromJsonSchema } from './from-json-schema';

/** Parts of Istio's API that a migration holds in Istio's own words, checked against Istio's own schema. */

/** What a DestinationRule may say of a host, or of one of its subsets. */
export type TrafficPolicy = Plain<DestinationRuleSpecTrafficPolicy>;

/** An http route of a VirtualService. */
type HttpRoute = Plain<VirtualServiceSpecHttp>;

const DOCS = 'https://istio.io/latest/docs/reference/config/networking';

/**
 * A part of Istio's API. Its parser is built when a file holds it: most files hold few of them.
 *
 * @param name of the message in Istio's reference, which the docs link to
 */
function part<T>(schema: JsonSchema, page: string, name: string): z.ZodType<T, T> {
  let parser: z.ZodType<T, T> | undefined;
  return z
    .lazy(() => {
      parser ??= fromJsonSchema(schema) as z.ZodType<T, T>;
      return parser;
    })
    .meta({ id: name, externalDocs: { url: `${DOCS}/${page}/#${name}` } });
}

const { properties: httpRoute } = routing.httpRoute;
const routePart = <T>(schema: JsonSchema, name: string) =>
  part<NonNullable<T>>(schema, 'virtual-service', name);
/** Where a rule is for and through which gateways its requests come is the migration's to say. */
const { port: _port, gateways: _gateways, ...conditions } = httpRoute.match.items.properties;

export const trafficPolicy = part<TrafficPolicy>(routing.trafficPolicy, 'destination-rule', 'TrafficPolicy');
export const httpMatch = routePart<Omit<NonNullable<HttpRoute['match']>[number], 'port' | 'gateways'>>(
  { ...httpRoute.match.items, properties: conditions },
  'HTTPMatchRequest',
);
export const retries = routePart<HttpRoute['retries']>(httpRoute.retries, 'HTTPRetry');
export const headers = routePart<HttpRoute['headers']>(httpRoute.headers, 'Headers');
export const rewrite = routePart<HttpRoute['rewrite']>(httpRoute.rewrite, 'HTTPRewrite');
export const corsPolicy = routePart<HttpRoute['corsPolicy']>(httpRoute.corsPolicy, 'CorsPolicy');
export const fault = routePart<HttpRoute['fault']>(httpRoute.fault, 'HTTPFaultInjection');
export const mirror = routePart<HttpRoute['mirror']>(httpRoute.mirror, 'Destination');
export const mirrors = routePart<NonNullable<HttpRoute['mirrors']>[number]>(
  httpRoute.mirrors.items,
  'HTTPMirrorPolicy',
);
export const mirrorPercentage = routePart<HttpRoute['mirrorPercentage']>(
  httpRoute.mirrorPercentage,
  'Percent',
);
export const redirect = routePart<HttpRoute['redirect']>(httpRoute.redirect, 'HTTPRedirect');
export const directResponse = routePart<HttpRoute['directResponse']>(
  httpRoute.directResponse,
  'HTTPDirectResponse',
);
export const delegate = routePart<HttpRoute['delegate']>(httpRoute.delegate, 'Delegate');
export const routeDestination = routePart<NonNullable<HttpRoute['route']>[number]>(
  httpRoute.route.items,
  'HTTPRouteDestination',
);
