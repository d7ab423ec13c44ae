import { Agent, type RequestOptions, request } from 'node:https';
import { Failure } from '../failure';
import { claimsOf } from '../token';

/** How to reach an API server, and as whom. */
export interface ApiServerOptions {
  /** `https://<host>[:<port>]` */
  readonly url: string;
  /** Certificate of its authority, PEM. */
  readonly ca: string;
  /** The bearer token, asked for anew with every request, so that a renewed one is used at once. */
  readonly token: () => string;
  /** Milliseconds until a request that nobody answers fails. @default 10000 */
  readonly timeoutMs?: number;
}

/** A refusal of the API server. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
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
   * Streams the lines of a watch until the server ends it, `signal` fires or nothing comes for `silenceMs`.
   *
   * @throws ApiError | Failure as the other requests do
   */
  stream(
    path: string,
    onLine: (line: string) => void,
    { signal, silenceMs }: { readonly signal: AbortSignal; readonly silenceMs: number },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = request(this.requestOptions('GET', path, { signal }), (response) => {
        let rest = '';
        const failed = (response.statusCode ?? 500) >= 300;
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          rest += chunk;
          if (failed) return;
          const lines = rest.split('\n');
          rest = lines.pop() ?? '';
          try {
            for (const line of lines) if (line) onLine(line);
          } catch (error) {
            reject(error);
            call.destroy();
          }
        });
        response.on('error', (error) => (signal.aborted ? resolve() : reject(this.explain(error))));
        response.on('end', () => (failed ? reject(apiError(response.statusCode ?? 500, rest)) : resolve()));
      });
      call.setTimeout(silenceMs, () => call.destroy(new Error('the watch fell silent')));
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

  private ask<T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise<T>((resolve, reject) => {
      const headers =
        text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) };
      const call = request(this.requestOptions(method, path, { headers }), (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          answer += chunk;
        });
        response.on('error', (error) => reject(this.explain(error)));
        response.on('end', () => {
          const status = response.statusCode ?? 500;
          if (response.headers.date) {
            this.lastDate = { server: new Date(response.headers.date), machine: new Date() };
          }
          if (status >= 300) return reject(apiError(status, answer));
          try {
            resolve(JSON.parse(answer) as T);
          } catch {
            reject(new ApiError(status, `the API server answered ${path} with something else than JSON`));
          }
        });
      });
      call.setTimeout(this.options.timeoutMs ?? 10_000, () =>
        call.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      );
      call.on('error', (error) => reject(this.explain(error)));
      call.end(text);
    });
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
        `the certificate of ${url} is not one that the given CA vouches for (${error.message})`,
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
    return new Failure(
      'unreachable',
      `the API server ${url} does not answer: ${error.message || code}`,
      'check the address, the route and the firewall: curl -k <url>/version',
      { cause: error },
    );
  }
}

function apiError(status: number, body: string): ApiError {
  try {
    return new ApiError(status, (JSON.parse(body) as { message?: string }).message ?? `HTTP ${status}`);
  } catch {
    return new ApiError(status, `HTTP ${status}`);
  }
}

/**
 * What a refusal means for a person: a token that is no good, or rights that are missing.
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
  return error;
}
