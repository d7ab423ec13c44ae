import * as z from 'zod';
import { duration } from './duration';
import * as istio from './istio';
import { text } from './scalars';

/** One http rule of the host; Istio's words. Without a destination of its own, the weights go into it. */
export const rule = z
  .strictObject({
    name: text.optional().describe('Name of the rule, for logs. Default: none.'),
    ports: z
      .array(z.string())
      .min(1, 'must name a port; leave it out for all http ports')
      .optional()
      .describe('Names of the http ports that it is for. Default: all of them.'),
    match: z
      .array(istio.httpMatch)
      .min(1, 'must hold a condition; leave it out for every request')
      .optional()
      .describe(
        'Conditions, any of which selects the rule. Only the last rule of a port may do without. Default: every request.',
      ),
    timeout: duration.optional().describe('Time limit of a request. Default: none.'),
    retries: istio.retries.optional().describe("Retries. Default: Istio's."),
    headers: istio.headers.optional().describe('Header operations. Default: none.'),
    rewrite: istio.rewrite.optional().describe('Rewrites the path or the Host header. Default: none.'),
    corsPolicy: istio.corsPolicy.optional().describe('Cross-origin policy. Default: none.'),
    fault: istio.fault.optional().describe('Delays and failures on purpose. Default: none.'),
    mirror: istio.mirror
      .optional()
      .describe('Another host that gets a copy of each request; its answer is dropped. Default: none.'),
    mirrorPercentage: istio.mirrorPercentage
      .optional()
      .describe('Share of the requests that `mirror` gets a copy of. Default: all.'),
    mirrors: z
      .array(istio.mirrors)
      .optional()
      .describe('Several hosts that get copies, each with its share. Default: none.'),
    redirect: istio.redirect
      .optional()
      .describe('Answers with a redirect; no side gets the request. Default: none.'),
    directResponse: istio.directResponse
      .optional()
      .describe('Answers in the proxy itself; no side gets the request. Default: none.'),
    delegate: istio.delegate
      .optional()
      .describe(
        'VirtualService that says where these requests go. It is your own: the weights do not reach it. Default: none.',
      ),
    route: z
      .array(istio.routeDestination)
      .min(1, 'must hold a destination; leave it out for the host itself')
      .optional()
      .describe(
        'Destinations other than the host. They are kept as they are in every phase. Default: the host, by the weights of the phase.',
      ),
  })
  .describe(
    "A rule that the host already has, in the terms of a VirtualService's http route. Without `route`, `redirect`, `directResponse` or `delegate`, the weights go into it.",
  );

/** A rule of the host, in Istio's terms. */
export type Rule = Readonly<z.output<typeof rule>>;

/** Whether the requests of a rule never get to the host, so that no weight goes into it. */
export function leadsElsewhere({ route, redirect, directResponse, delegate }: Rule): boolean {
  return [route, redirect, directResponse, delegate].some((end) => end !== undefined);
}
