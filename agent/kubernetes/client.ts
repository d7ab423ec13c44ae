import type { IncomingHttpHeaders } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure';
import { claimsOf } from '../join/token';

/** How to reach an API server, and as whom. */
export interface ApiServerOptions {
  /** `https://<host>[:<port>]` */
  readonly url: string;
  /** Certificate of its authority, PEM. */
  readonly ca: string;
  /** The bearer token, asked for anew with every request, so that a renewed one is used at once. */
  readonly token: () => string;
  /** Milliseconds that an answer may take, from the connection to its last byte; of a watch, to its first. @default 10000 */
  readonly timeoutMs?: number;
}

/** A refusal of the API server. */
export class ApiError extends Error {
  /**
   * @param status HTTP status
   * @param message what the API server says
   * @param retryAfterMs how long it asks to be left alone, in milliseconds; undefined where it does not ask
   */
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfterMs?: number,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

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

const TIMEOUT_MS = 10_000;
/** No object of Kubernetes is nearly as large; what is, is not kept. */
const LARGEST_ANSWER = 8 << 20;
/** A busy API server says when to come back: so often, and so late, a request is repeated before it fails. */
const TRIES = 3;
const LONGEST_PAUSE_MS = 5_000;

/**
 * The little of the Kubernetes API that the agent needs, over Node's own https: @kubernetes/client-node would
 * double the program's code and its idle memory.
 */
export class ApiServer {
  private readonly agent: Agent;

  constructor(private readonly options: ApiServerOptions) {
    this.agent = new Agent({ ca: options.ca, keepAlive: true, maxSockets: 12, timeout: 60_000 });
  }

  /** Clock of the API server as of the last answer, and the machine's clock at that moment. */
  lastDate?: { readonly server: Date; readonly machine: Date };

  get<T>(path: string): Promise<T> {
    return this.ask<T>('GET', path);
  }

  create<T>(path: string, body: unknown): Promise<T> {
    return this.ask<T>('POST', path, body, 'application/json');
  }

  /** A JSON merge patch. */
  patch<T>(path: string, body: unknown): Promise<T> {
    return this.ask<T>('PATCH', path, body, 'application/merge-patch+json');
  }

  /**
   * Streams the lines of a watch until the server ends it, `signal` fires or nothing comes for `silenceMs`. A line
   * that was cut off by the end is dropped.
   *
   * @throws ApiError | Failure as the other requests do, and whatever a handler throws
   */
  stream(
    path: string,
    { opened, line: onLine }: { readonly opened: () => void; readonly line: (line: string) => void },
    { signal, silenceMs }: { readonly signal: AbortSignal; readonly silenceMs: number },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = request(this.requestOptions('GET', path, { signal }), (response) => {
        clearTimeout(unanswered);
        let rest = '';
        const { statusCode = 500, headers } = response;
        const failed = statusCode >= 300;
        if (!failed) opened();
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          rest += chunk;
          try {
            if (rest.length > LARGEST_ANSWER) throw this.tooMuch(path);
            if (failed || !chunk.includes('\n')) return;
            const lines = rest.split('\n');
            rest = lines.pop() ?? '';
            for (const line of lines) if (line) onLine(line);
          } catch (error) {
            reject(error);
            call.destroy();
          }
        });
        response.on('error', (error) => (signal.aborted ? resolve() : reject(this.explain(error))));
        response.on('end', () => (failed ? reject(apiError(statusCode, rest, headers)) : resolve()));
      });
      const unanswered = setTimeout(() => call.destroy(this.late()), this.timeoutMs);
      call.on('close', () => clearTimeout(unanswered));
      // Not a failure: of a kind of object that nothing happens to, the server says nothing, bookmarks neither.
      call.setTimeout(silenceMs, () => {
        resolve();
        call.destroy();
      });
      call.on('socket', (socket) => socket.setKeepAlive(true, 15_000));
      call.on('error', (error) => (signal.aborted ? resolve() : reject(this.explain(error))));
      call.end();
    });
  }

  /** Ends idle connections, so that the next request opens a new one. */
  forgetIdleConnections(): void {
    for (const sockets of Object.values(this.agent.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }

  private async ask<T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.askOnce<T>(method, path, body, contentType);
      } catch (error) {
        const wait = error instanceof ApiError ? error.retryAfterMs : undefined;
        if (wait === undefined || wait > LONGEST_PAUSE_MS || tries === TRIES) throw error;
        await sleep(wait);
      }
    }
  }

  private askOnce<T>(method: string, path: string, body: unknown, contentType?: string): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const deadline = AbortSignal.timeout(this.timeoutMs);
    return new Promise<T>((resolve, reject) => {
      const fail = (error: Error) => reject(this.explain(deadline.aborted ? this.late() : error));
      const headers =
        text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) };
      const options = this.requestOptions(method, path, { headers, signal: deadline });
      const call = request(options, (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          answer += chunk;
          if (answer.length <= LARGEST_ANSWER) return;
          reject(this.tooMuch(path));
          call.destroy();
        });
        response.on('error', fail);
        response.on('end', () => {
          const { statusCode = 500, headers } = response;
          if (headers.date) this.lastDate = { server: new Date(headers.date), machine: new Date() };
          if (statusCode >= 300) return reject(apiError(statusCode, answer, headers));
          try {
            resolve(JSON.parse(answer) as T);
          } catch {
            reject(this.unlike(`answered ${path} with something else than JSON`));
          }
        });
      });
      call.on('error', fail);
      call.end(text);
    });
  }

  private get timeoutMs(): number {
    return this.options.timeoutMs ?? TIMEOUT_MS;
  }

  private late(): Error {
    return new Error(`no answer within ${this.timeoutMs / 1000} s`);
  }

  private tooMuch(path: string): Failure {
    return this.unlike(`answered ${path} with more than ${LARGEST_ANSWER >> 20} MB`);
  }

  private unlike(what: string): Failure {
    return new Failure(
      'unreachable',
      `${this.options.url} is not like an API server: it ${what}`,
      'check the address, and what stands between it and this machine: curl -k <url>/version',
    );
  }

  private requestOptions(method: string, path: string, more: RequestOptions): RequestOptions {
    const { hostname, port } = new URL(this.options.url);
    return {
      method,
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port || 443,
      path,
      agent: this.agent,
      ...more,
      headers: {
        accept: 'application/json',
        'user-agent': 'meshferry-agent',
        authorization: `Bearer ${this.options.token()}`,
        ...(more.headers as Record<string, string>),
      },
    };
  }

  private explain(error: NodeJS.ErrnoException): Failure {
    const { url } = this.options;
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
    if (code === 'EPROTO') return this.unlike('does not speak TLS');
    return new Failure(
      'unreachable',
      `the API server ${url} does not answer: ${error.message || code}`,
      'check the address, the route and the firewall: curl -k <url>/version',
      { cause: error },
    );
  }
}

function apiError(status: number, body: string, headers: IncomingHttpHeaders): ApiError {
  const retryAfterMs = status === 429 || status === 503 ? pauseOf(headers['retry-after']) : undefined;
  try {
    const { message } = JSON.parse(body) as { message?: string };
    return new ApiError(status, message ?? `HTTP ${status}`, retryAfterMs);
  } catch {
    return new ApiError(status, `HTTP ${status}`, retryAfterMs);
  }
}

/** Retry-After is a number of seconds, or a date. */
function pauseOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/**
 * What a refusal means for a person: a token that is no good, rights that are missing, or a server that cannot.
 *
 * @param what what was asked for, e.g. `WorkloadGroup smm-demo/analytics-v0`
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
