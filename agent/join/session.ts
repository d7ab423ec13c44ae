import { existsSync, readFileSync } from 'node:fs';
import { type CompleteConfig, complete } from '../config';
import { loadConfig } from '../config-file';
import { Failure } from '../failure';
import { ApiError } from '../kubernetes/api-error';
import { ApiServer } from '../kubernetes/client';
import { claimsOf, isDue } from '../kubernetes/token';
import { writeAtomically } from '../machine/atomic-file';
import type { Paths } from '../paths';
import { readBearerToken } from './bearer-token';
import { requestToken } from './mesh-facts';

const DAY_SECONDS = 86_400;

/** The agent's configuration, its token, and the API server that accepts it. */
export class Session {
  readonly api: ApiServer;
  private bearer: string;

  /** @throws Failure `usage` if the configuration is incomplete, `bad-token` if there is no token */
  constructor(
    private readonly paths: Paths,
    readonly config: CompleteConfig = complete(loadConfig(paths.config)),
  ) {
    if (!existsSync(paths.apiServerCa)) {
      throw new Failure(
        'usage',
        `the API server's CA is not set (${paths.apiServerCa})`,
        'give it: meshferry-agent set api-server <url> --ca <file>',
      );
    }
    this.bearer = readBearerToken(paths.bearerToken);
    this.api = new ApiServer({
      url: config.apiServer.url,
      ca: readFileSync(paths.apiServerCa, 'utf8'),
      token: () => this.bearer,
    });
  }

  /** The agent's own token, as it is used at this moment. */
  get token(): string {
    return this.bearer;
  }

  /** `<namespace>/<name>` of the token's service account. */
  get account(): string {
    const claims = claimsOf(this.bearer);
    return claims?.serviceAccount
      ? `${claims.namespace}/${claims.serviceAccount}`
      : 'the bearer of the token';
  }

  /** Whether the token file holds another token than the one in use. */
  get isOutdated(): boolean {
    return existsSync(this.paths.bearerToken) && readBearerToken(this.paths.bearerToken) !== this.bearer;
  }

  /**
   * Renews the agent's own token if it is short-lived, or due (daily, for a token of a month), so that a machine that
   * was off for days still has a valid one. The account is that of the group's agents, `<group>-agent`, or this
   * machine's own, `<group>-agent.<machine>`; a token of another account is used as it is.
   *
   * @returns when the token expires; undefined if it does not
   */
  async keepBearerToken(): Promise<Date | undefined> {
    const { namespace, name } = this.config.workloadGroup;
    const claims = claimsOf(this.bearer);
    if (!claims?.expires) return undefined;
    const life = (claims.expires.getTime() - (claims.issued?.getTime() ?? 0)) / 1000;
    const wanted = Math.max(600, this.config.bearerTokenDays * DAY_SECONDS);
    const account = claims.serviceAccount ?? '';
    const isAgent = account === `${name}-agent` || account.startsWith(`${name}-agent.`);
    const short = life < wanted / 2 && !this.shortened;
    if (!(isAgent && claims.namespace === namespace) || !(short || isDue(this.bearer))) return claims.expires;
    try {
      const token = await requestToken(this.api, namespace, account, wanted);
      // An API server may grant a shorter validity than requested: another request would not change that.
      const granted = claimsOf(token);
      this.shortened =
        ((granted?.expires?.getTime() ?? 0) - (granted?.issued?.getTime() ?? 0)) / 1000 < wanted / 2;
      writeAtomically(this.paths.bearerToken, token, { mode: 0o600 });
      this.bearer = token;
      return granted?.expires;
    } catch (error) {
      // Without the right to renew it, the token is used until it expires; `status` and the metrics say when.
      if (error instanceof ApiError && error.status === 403) return claims.expires;
      throw error;
    }
  }

  private shortened = false;
}
