import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { Failure } from '../failure';

/** What a Kubernetes service-account token says of itself. Read, not verified: the API server does that. */
export interface TokenClaims {
  /** When it ends. */
  readonly expires?: Date;
  /** When it was issued. */
  readonly issued?: Date;
  readonly namespace?: string;
  readonly serviceAccount?: string;
}

/** The claims of a token, or undefined where it is not a JSON web token. */
export function claimsOf(token: string): TokenClaims | undefined {
  const [, payload] = token.split('.');
  if (!payload) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
      exp?: number;
      iat?: number;
      sub?: string;
    };
    const [, , namespace, serviceAccount] = claims.sub?.split(':') ?? [];
    return {
      ...(claims.exp && { expires: new Date(claims.exp * 1000) }),
      ...(claims.iat && { issued: new Date(claims.iat * 1000) }),
      ...(namespace && { namespace }),
      ...(serviceAccount && { serviceAccount }),
    };
  } catch {
    return undefined;
  }
}

const DAY_MS = 86_400_000;

/**
 * Whether a new token should be asked for: at half its life, and once a day at the latest, so that a long-lived one
 * has all but a day of its life before it whenever the machine is switched off. False for a token without an end.
 */
export function isDue(token: string, now = new Date()): boolean {
  const { issued, expires } = claimsOf(token) ?? {};
  if (!expires) return false;
  const since = issued ?? now;
  return now.getTime() >= since.getTime() + Math.min((expires.getTime() - since.getTime()) / 2, DAY_MS);
}

/**
 * A token as people paste it: surrounding white space is dropped, a carriage return that a terminal left too.
 *
 * @throws Failure `usage` where it is empty, or holds what no token holds
 */
export function cleanToken(text: string): string {
  const token = text.trim();
  const next = 'make one: kubectl create token <group>-agent -n <namespace> --duration 1h';
  if (token === '') throw new Failure('usage', 'the bearer token is empty', next);
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new Failure('usage', 'the bearer token holds white space or characters that no token holds', next);
  }
  return token;
}

/** Reads the agent's token, and closes the file to others where somebody opened it. */
export function readBearerToken(file: string): string {
  if (!existsSync(file)) {
    throw new Failure(
      'bad-token',
      'there is no bearer token',
      'give one: kubectl create token <group>-agent -n <namespace> | meshferry-agent set bearer-token -',
    );
  }
  if (statSync(file).mode & 0o077) chmodSync(file, 0o600);
  return readFileSync(file, 'utf8').trim();
}
