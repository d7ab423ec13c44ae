import { Failure } from '../failure';
import { ApiError } from './api-error';
import { claimsOf } from './token';

const UNTRUSTED = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_UNTRUSTED',
]);
const OUT_OF_TIME = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** Why the API server at `url` gave no answer: its certificate, a clock, or the network. */
export function explainConnection(url: string, error: NodeJS.ErrnoException): Failure {
  const code = error.code ?? '';
  if (UNTRUSTED.has(code)) {
    return new Failure(
      'wrong-ca',
      `the certificate of ${url} is not one that the given CA vouches for (${error.message.split(';')[0]})`, // the rest is advice for users of Node
      "give the cluster's CA: meshferry-agent set api-server <url> --ca <file>",
      { cause: error },
    );
  }
  if (OUT_OF_TIME.has(code)) {
    return new Failure(
      'clock',
      `by this machine's clock (${new Date().toISOString()}) the certificate of ${url} is not valid: ${error.message}`,
      'set the clock (timedatectl set-ntp true), or renew the certificate',
      { cause: error },
    );
  }
  if (code === 'EPROTO') return unlikeApiServer(url, 'does not speak TLS');
  return new Failure(
    'unreachable',
    `the API server ${url} does not answer: ${error.message || code}`,
    'check the address, the route and the firewall: curl -k <url>/version',
    { cause: error },
  );
}

/** The server at `url` does something that an API server does not: `what`. */
export function unlikeApiServer(url: string, what: string): Failure {
  return new Failure(
    'unreachable',
    `${url} is not like an API server: it ${what}`,
    'check the address, and what stands between it and this machine: curl -k <url>/version',
  );
}

/**
 * Turns a refusal of the API server into a failure that says what to do: an invalid token, missing rights, or a
 * server that cannot answer now. Other errors are returned as they are.
 *
 * @param what what the request was for, e.g. `WorkloadGroup smm-demo/analytics-v0`
 */
export function explainRefusal(error: unknown, what: string, token: string, namespace: string): unknown {
  if (!(error instanceof ApiError)) return error;
  const claims = claimsOf(token);
  const make = `kubectl create token <group>-agent -n ${namespace} | meshferry-agent set bearer-token -`;
  if (error.status === 401) {
    if (claims?.expires && claims.expires < new Date()) {
      return new Failure(
        'bad-token',
        `the bearer token expired at ${claims.expires.toISOString()}`,
        `give a new one: ${make}`,
      );
    }
    const not = claims
      ? 'its service account is gone, or it is of another cluster'
      : 'it is not a token of Kubernetes';
    return new Failure(
      'bad-token',
      `the API server does not accept the bearer token: ${not}`,
      `give a new one: ${make}`,
    );
  }
  if (error.status === 403) {
    const of = claims?.serviceAccount ? `${claims.namespace}/${claims.serviceAccount}` : 'the token';
    const elsewhere = claims?.namespace !== undefined && claims.namespace !== namespace;
    return new Failure(
      'forbidden',
      `${of} may not read ${what}${elsewhere ? `: the token is of namespace ${claims.namespace}` : ''}`,
      elsewhere
        ? `set the group of that namespace, or give a token of ${namespace}: ${make}`
        : 'sync the vm layer of the migration (its Role is there), and give a token of <group>-agent',
    );
  }
  if (error.status === 429 || error.status >= 500) {
    return new Failure(
      'unreachable',
      `the API server cannot give ${what} now: ${error.message} (HTTP ${error.status})`,
      'run it again in a minute; if it stays so, look at the API server',
      { cause: error },
    );
  }
  return error;
}
