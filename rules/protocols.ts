import type { Path } from '../manifests/manifest';
import type { Broken } from './broken';

const HTTP = ['http', 'http2', 'http_proxy', 'grpc', 'grpc-web'];
const TLS = ['https', 'tls'];
const OTHER = ['tcp', 'udp', 'mongo', 'redis', 'mysql'];

/** Protocols that Istio's own kinds can name, in whatever case. */
const PROTOCOLS: readonly string[] = [...HTTP, ...TLS, ...OTHER];

/** What Istio makes of the name of a protocol. */
export function protocolKind(name: unknown): 'http' | 'tls' | 'other' | 'unknown' {
  const protocol = typeof name === 'string' ? name.toLowerCase() : '';
  if (HTTP.includes(protocol)) return 'http';
  if (TLS.includes(protocol)) return 'tls';
  return OTHER.includes(protocol) ? 'other' : 'unknown';
}

/** A protocol that a port names. */
export function* protocolRule(protocol: unknown, path: Path): Generator<Broken> {
  if (protocolKind(protocol) !== 'unknown') return;
  yield {
    path,
    message: `"${protocol ?? ''}" is no protocol`,
    fix: `use one of ${PROTOCOLS.map((known) => known.toUpperCase()).join(', ')}`,
  };
}
