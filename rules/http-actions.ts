import { STATUS_CODES } from 'node:http';
import { fields, items, type Path, text } from '../manifests/manifest';
import { type Broken, isGiven, isSet, type Part } from './broken';
import { isHeaderName } from './headers';
import { durationRule, nanoseconds, notNegative, portRule, rangeRule, regexRule } from './values';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', '*'];

const RETRY_ON = [
  ...['5xx', 'gateway-error', 'reset', 'reset-before-request', 'connect-failure', 'retriable-4xx'],
  ...['refused-stream', 'retriable-status-codes', 'retriable-headers', 'envoy-ratelimited'],
  ...['http3-post-connect-failure'],
  ...['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'], // of gRPC
];

const GRPC_STATUS = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE'],
  ...['UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
];

/** Go knows these beside those of Node. */
const OTHER_STATUS = [418];

/** Who may call from a browser. */
export function* corsRules(cors: Part, path: Path): Generator<Broken> {
  for (const [index, item] of items(cors.allowOrigins).entries()) {
    const { exact, prefix, regex } = fields(item);
    const at = [...path, 'allowOrigins', index];
    if (![exact, prefix, regex].some(isSet))
      yield { path: at, message: 'the origin is empty', fix: 'give exact, prefix or regex' };
    yield* regexRule(regex, [...at, 'regex']);
  }
  for (const [index, method] of items(cors.allowMethods).map(String).entries())
    if (!METHODS.includes(method))
      yield {
        path: [...path, 'allowMethods', index],
        message: `"${method}" is no HTTP method`,
        fix: `use one of ${METHODS.join(', ')}`,
      };
  for (const key of ['allowHeaders', 'exposeHeaders'])
    for (const [index, name] of items(cors[key]).map(String).entries())
      if (name !== '*' && !isHeaderName(name))
        yield {
          path: [...path, key, index],
          message: `"${name}" is no name of a header`,
          fix: 'correct or remove it',
        };
  yield* durationRule(cors.maxAge, [...path, 'maxAge']);
  const age = nanoseconds(text(cors.maxAge) ?? '');
  if (age !== undefined && age % 1e9 !== 0)
    yield { path: [...path, 'maxAge'], message: 'browsers take whole seconds', fix: 'give whole seconds' };
}

/** Failures and delays on purpose. */
export function* faultRules(value: unknown, path: Path): Generator<Broken> {
  if (!isGiven(value)) return;
  const { abort, delay } = fields(value);
  if (!isGiven(abort) && !isGiven(delay))
    yield { path, message: 'there is neither abort nor delay', fix: 'add one of them, or remove fault' };
  yield* percentageRule(fields(abort).percentage, [...path, 'abort', 'percentage']);
  yield* percentageRule(fields(delay).percentage, [...path, 'delay', 'percentage']);
  const { grpcStatus, http2Error, httpStatus } = fields(abort);
  if (typeof grpcStatus === 'string' && !GRPC_STATUS.includes(grpcStatus))
    yield {
      path: [...path, 'abort', 'grpcStatus'],
      message: `"${grpcStatus}" is no status of gRPC`,
      fix: `use one of ${GRPC_STATUS.join(', ')}`,
    };
  if (isGiven(http2Error))
    yield {
      path: [...path, 'abort', 'http2Error'],
      message: 'Istio does not implement it',
      fix: 'use httpStatus',
    };
  yield* rangeRule(httpStatus, 200, 600, [...path, 'abort', 'httpStatus']);
  yield* durationRule(fields(delay).fixedDelay, [...path, 'delay', 'fixedDelay']);
  if (isGiven(fields(delay).exponentialDelay))
    yield {
      path: [...path, 'delay', 'exponentialDelay'],
      message: 'Istio does not implement it',
      fix: 'use fixedDelay',
    };
}

function* percentageRule(percentage: unknown, path: Path): Generator<Broken> {
  const value = fields(percentage).value;
  if (typeof value !== 'number' || value === 0 || (value >= 0.0001 && value <= 100)) return;
  yield {
    path: [...path, 'value'],
    message: `${value} is no percentage that Envoy can keep`,
    fix: 'give 0, or 0.0001 to 100',
  };
}

/** An answer that sends the caller elsewhere. */
export function* redirectRules(route: Part, path: Path): Generator<Broken> {
  if (!isGiven(route.redirect)) return;
  const redirect = fields(route.redirect);
  const { uri, prefixRewrite, authority, scheme, redirectCode, port, derivePort } = redirect;
  if (isSet(uri) && isSet(prefixRewrite))
    yield { path, message: 'uri and prefixRewrite exclude each other', fix: 'remove one of the two' };
  const uris = items(route.match).flatMap((match) =>
    isGiven(fields(match).uri) ? [fields(fields(match).uri)] : [],
  );
  if (isSet(prefixRewrite) && uris.some((match) => !('prefix' in match)))
    yield {
      path: [...path, 'prefixRewrite'],
      message: 'a prefix can be rewritten only where each match of the URI is a prefix',
      fix: 'use uri, or match prefixes',
    };
  if (![uri, prefixRewrite, authority, scheme].some(isSet) && !isGiven(port) && !isGiven(derivePort))
    yield { path, message: 'the redirect changes nothing', fix: 'set uri, authority, scheme or port' };
  if (isSet(redirectCode)) yield* rangeRule(redirectCode, 300, 399, [...path, 'redirectCode']);
  if (isSet(scheme) && scheme !== 'http' && scheme !== 'https')
    yield { path: [...path, 'scheme'], message: `"${scheme}" is no scheme here`, fix: 'use http or https' };
  if (isSet(port)) yield* portRule(port, [...path, 'port']);
}

/** An answer that Envoy gives itself. */
export function* directResponseRules(value: unknown, path: Path): Generator<Broken> {
  if (!isGiven(value)) return;
  const { status = 0, body } = fields(value);
  yield* rangeRule(status, 200, 600, [...path, 'status']);
  const { string, bytes } = fields(body);
  const size =
    typeof bytes === 'string' ? Buffer.from(bytes, 'base64').length : Buffer.byteLength(text(string) ?? '');
  if (size > 1024 * 1024)
    yield {
      path: [...path, 'body'],
      message: `the body has ${size} bytes`,
      fix: 'serve more than 1 MB elsewhere',
    };
}

/** Attempts after a failure. */
export function* retryRules(value: unknown, path: Path): Generator<Broken> {
  if (!isGiven(value)) return;
  const retries = fields(value);
  const { attempts, perTryTimeout, retryOn, retryRemoteLocalities, backoff } = retries;
  yield* notNegative(retries, 'attempts', path);
  if (!isSet(attempts) && (isGiven(perTryTimeout) || isSet(retryOn) || isGiven(retryRemoteLocalities)))
    yield {
      path,
      message: 'the retries are switched off by attempts 0',
      fix: 'set attempts, or remove the rest',
    };
  yield* durationRule(perTryTimeout, [...path, 'perTryTimeout']);
  yield* durationRule(backoff, [...path, 'backoff']);
  if (!isSet(retryOn)) return;
  for (const policy of String(retryOn).split(',')) {
    const status = /^[+-]?\d+$/.test(policy) ? Number(policy) : 0;
    if (RETRY_ON.includes(policy) || status in STATUS_CODES || OTHER_STATUS.includes(status)) continue;
    yield {
      path: [...path, 'retryOn'],
      message: `"${policy}" is nothing that can be retried on`,
      fix: `use ${RETRY_ON.slice(0, 5).join(', ')} … or the number of a status, separated by commas without spaces`,
    };
  }
}

/** What is changed of a request on its way. */
export function* rewriteRules(value: unknown, path: Path): Generator<Broken> {
  if (!isGiven(value)) return;
  const { uri, uriRegexRewrite, authority } = fields(value);
  if (isSet(uri) && isGiven(uriRegexRewrite))
    yield { path, message: 'uri and uriRegexRewrite exclude each other', fix: 'remove one of the two' };
  if (!isSet(uri) && !isGiven(uriRegexRewrite) && !isSet(authority))
    yield { path, message: 'the rewrite changes nothing', fix: 'set uri, uriRegexRewrite or authority' };
  if (!isGiven(uriRegexRewrite)) return;
  const { match, rewrite } = fields(uriRegexRewrite);
  if (!isSet(match) || !isSet(rewrite))
    yield { path: [...path, 'uriRegexRewrite'], message: 'match or rewrite is missing', fix: 'set both' };
  yield* regexRule(match, [...path, 'uriRegexRewrite', 'match']);
}
