import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const SECRET_BYTES = 24;

/** Decides which requests the dashboard answers. */
export class Access {
  /** First step of every path. Whoever has no address with it, such as another page in the browser, gets nothing. */
  readonly secret = randomBytes(SECRET_BYTES).toString('base64url');

  /** @param port that the server listens on; known once it does */
  constructor(readonly port: () => number) {}

  /** Where the page is. */
  get url(): string {
    return `http://127.0.0.1:${this.port()}/${this.secret}/`;
  }

  /**
   * What is asked for below the secret, e.g. `events`; undefined: the request is refused. A name that somebody pointed
   * at this machine (DNS rebinding) shows in Host, and another page that sends a form or a script in Origin.
   */
  pathOf({
    headers,
    url = '',
    method,
  }: Pick<IncomingMessage, 'headers' | 'url' | 'method'>): string | undefined {
    const hosts = [`127.0.0.1:${this.port()}`, `localhost:${this.port()}`];
    if (!hosts.includes(headers.host ?? '')) return undefined;
    const { origin } = headers;
    const isOwn = origin !== undefined && hosts.some((host) => origin === `http://${host}`);
    if (method === 'POST' ? !isOwn : origin !== undefined && !isOwn) return undefined;
    const [, secret = '', ...rest] = url.split('/');
    return this.isSecret(secret) ? rest.join('/') : undefined;
  }

  private isSecret(given: string): boolean {
    const [a, b] = [Buffer.from(given), Buffer.from(this.secret)];
    return a.length === b.length && timingSafeEqual(a, b);
  }
}
