import { fields, type Path } from '../manifests/manifest';
import type { Broken, Part } from './broken';
import { isGiven } from './broken';
import { durationRule, notNegative } from './values';

const COUNTS = [
  'http1MaxPendingRequests',
  'http2MaxRequests',
  'maxRequestsPerConnection',
  'maxRetries',
  'maxConcurrentStreams',
];

/** Limits of the connections to a host. */
export function* connectionPoolRules(value: unknown, path: Path): Generator<Broken> {
  if (!isGiven(value)) return;
  const { http, tcp } = fields(value);
  if (!isGiven(http) && !isGiven(tcp))
    yield { path, message: 'the connection pool is empty', fix: 'set http or tcp in it, or remove it' };
  yield* httpRules(fields(http), [...path, 'http']);
  yield* tcpRules(fields(tcp), [...path, 'tcp']);
}

function* httpRules(http: Part, path: Path): Generator<Broken> {
  for (const key of COUNTS) yield* notNegative(http, key, path);
  yield* durationRule(http.idleTimeout, [...path, 'idleTimeout']);
  if (http.h2UpgradePolicy === 'UPGRADE' && http.useClientProtocol === true)
    yield {
      path: [...path, 'useClientProtocol'],
      message: 'the protocol cannot both be upgraded and be that of the client',
      fix: 'remove useClientProtocol, or h2UpgradePolicy',
    };
  if (!isGiven(http.http2KeepAlive)) return;
  const keepAlive = fields(http.http2KeepAlive);
  for (const key of ['interval', 'timeout']) {
    if (!isGiven(keepAlive[key]))
      yield { path: [...path, 'http2KeepAlive'], message: `${key} is missing`, fix: `add ${key}` };
    yield* durationRule(keepAlive[key], [...path, 'http2KeepAlive', key]);
  }
}

function* tcpRules(tcp: Part, path: Path): Generator<Broken> {
  yield* notNegative(tcp, 'maxConnections', path);
  yield* durationRule(tcp.connectTimeout, [...path, 'connectTimeout']);
  yield* durationRule(tcp.maxConnectionDuration, [...path, 'maxConnectionDuration']);
  yield* durationRule(tcp.idleTimeout, [...path, 'idleTimeout'], { zero: true });
  for (const key of ['time', 'interval'])
    yield* durationRule(fields(tcp.tcpKeepalive)[key], [...path, 'tcpKeepalive', key]);
}
