import * as z from 'zod';
import { duration } from './duration';
import { dnsLabel, labels, natural, text } from './scalars';

const stringMatch = z
  .strictObject({
    exact: text.optional().describe('The whole value.'),
    prefix: text.optional().describe('How the value begins.'),
    regex: text.optional().describe('An RE2 expression for the whole value.'),
  })
  .refine(
    (m) => [m.exact, m.prefix, m.regex].filter((one) => one !== undefined).length === 1,
    'must hold exactly one of exact, prefix, regex',
  )
  .describe("Istio's StringMatch: exactly one of exact, prefix, regex.");

const match = z.strictObject({
  uri: stringMatch
    .optional()
    .describe('Path of the request: exactly one of exact, prefix, regex. Default: any.'),
  method: stringMatch
    .optional()
    .describe('Method of the request: exactly one of exact, prefix, regex. Default: any.'),
  authority: stringMatch
    .optional()
    .describe('Host header of the request: exactly one of exact, prefix, regex. Default: any.'),
  headers: z
    .record(z.string(), stringMatch)
    .optional()
    .describe('Headers that must match, by lower-case name. Default: any.'),
  withoutHeaders: z
    .record(z.string(), stringMatch)
    .optional()
    .describe('Headers that must not match, by lower-case name. Default: none.'),
  queryParams: z
    .record(z.string(), stringMatch)
    .optional()
    .describe('Query parameters that must match, by name. Default: any.'),
  ignoreUriCase: z.boolean().optional().describe('Compare the path without regard to case. Default: false.'),
  sourceLabels: labels.optional().describe('Labels of the calling workload. Default: any.'),
  sourceNamespace: dnsLabel.optional().describe('Namespace of the calling workload. Default: any.'),
});

const retries = z.strictObject({
  attempts: natural.describe('Retries of a request; 0 turns retries off.'),
  perTryTimeout: duration.optional().describe("Time limit of each try. Default: the rule's timeout."),
  retryOn: text.optional().describe("Conditions, comma-separated. Default: Istio's."),
  retryRemoteLocalities: z.boolean().optional().describe('Retry in other localities too. Default: false.'),
});

const headerOperations = z.strictObject({
  set: z.record(z.string(), z.string()).optional().describe('Headers that are overwritten. Default: none.'),
  add: z.record(z.string(), z.string()).optional().describe('Headers that are appended. Default: none.'),
  remove: z.array(text).optional().describe('Names of headers that are removed. Default: none.'),
});

const corsPolicy = z.strictObject({
  allowOrigins: z.array(stringMatch).optional().describe('Origins that may call. Default: none.'),
  allowMethods: z.array(text).optional().describe('Methods that may be used. Default: none.'),
  allowHeaders: z.array(text).optional().describe('Headers that may be sent. Default: none.'),
  exposeHeaders: z.array(text).optional().describe('Headers that a page may read. Default: none.'),
  maxAge: duration.optional().describe("How long a browser may remember it. Default: the browser's."),
  allowCredentials: z.boolean().optional().describe('Whether cookies may be sent. Default: false.'),
});

/** One http rule of the host; Istio's words, without the destinations. */
export const rule = z
  .strictObject({
    name: text.optional().describe('Name of the rule, for logs. Default: none.'),
    ports: z
      .array(z.string())
      .min(1, 'must name a port; leave it out for all http ports')
      .optional()
      .describe('Names of the http ports that it is for. Default: all of them.'),
    match: z
      .array(match)
      .min(1, 'must hold a condition; leave it out for every request')
      .optional()
      .describe(
        'Conditions, any of which selects the rule. Only the last rule of a port may do without. Default: every request.',
      ),
    timeout: duration.optional().describe('Time limit of a request. Default: none.'),
    retries: retries.optional().describe("Retries. Default: Istio's."),
    headers: z
      .strictObject({
        request: headerOperations.optional().describe('On the way to the service. Default: none.'),
        response: headerOperations.optional().describe('On the way back. Default: none.'),
      })
      .optional()
      .describe('Header operations. Default: none.'),
    rewrite: z
      .strictObject({
        uri: text.optional().describe('New path, or new prefix where a prefix matched. Default: unchanged.'),
        authority: text.optional().describe('New Host header. Default: unchanged.'),
      })
      .optional()
      .describe('Rewrites the path or the Host header. Default: none.'),
    corsPolicy: corsPolicy.optional().describe('Cross-origin policy. Default: none.'),
  })
  .describe(
    "A rule that the host already has, in the terms of a VirtualService's http route; the weights go into it.",
  );
