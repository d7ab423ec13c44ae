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
