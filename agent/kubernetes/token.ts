/** Claims of a Kubernetes service-account token. They are read, not verified: the API server verifies them. */
export interface TokenClaims {
  /** When it expires. */
  readonly expires?: Date;
  /** When it was issued. */
  readonly issued?: Date;
  readonly namespace?: string;
  readonly serviceAccount?: string;
}

/** The claims of a token, or undefined if it is not a JSON web token. */
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
 * Whether to request a new token: after half of its validity, and after a day at the latest, so that a long-lived
 * token is at most a day old whenever the machine is switched off. False for a token that does not expire.
 */
export function isDue(token: string, now = new Date()): boolean {
  const { issued, expires } = claimsOf(token) ?? {};
  if (!expires) return false;
  const since = issued ?? now;
  return now.getTime() >= since.getTime() + Math.min((expires.getTime() - since.getTime()) / 2, DAY_MS);
}
