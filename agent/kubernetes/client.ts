import { Agent, type RequestOptions, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from '../failure';
import { ApiError, apiError } from './api-error';
import { explainConnection, unlikeApiServer } from './explain';

/** How to reach an API server, and as whom. */
export interface ApiServerOptions {
  /** `https://<host>[:<port>]` */
  readonly url: string;
  /** Certificate of its authority, PEM. */
  readonly ca: string;
  /** Returns the bearer token; called for every request, so that a renewed token is used at once. */
  readonly token: () => string;
  /** Milliseconds from the connection to the last byte of the answer; for a watch, to the first. @default 10000 */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** No Kubernetes object is nearly this large; a larger answer is rejected. */
const LARGEST_ANSWER = 8 << 20;
/** An API server that is busy says when to retry. Attempts per request, and the longest pause that is waited for. */
const TRIES = 3;
const LONGEST_PAUSE_MS = 5_000;

/**
 * The part of the Kubernetes API that the agent needs, over Node's own https: @kubernetes/client-node would double
 * the program's code and its idle memory.
 */
export class ApiServer {
  private readonly agent: Agent;

  constructor(private readonly options: ApiServerOptions) {
    this.agent = new Agent({ ca: options.ca, keepAlive: true, maxSockets: 12, timeout: 60_000 });
  }

  /** The API server's clock in its last answer, and the machine's clock at that moment. */
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
   * Streams the lines of a watch until the server ends it, `signal` fires or nothing arrives for `silenceMs`. An
   * incomplete last line is dropped.
   *
   * @throws ApiError | Failure as the other requests do, and any error that a handler throws
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
        response.on('error', (error) =>
          signal.aborted ? resolve() : reject(explainConnection(this.options.url, error)),
        );
        response.on('end', () => (failed ? reject(apiError(statusCode, rest, headers)) : resolve()));
      });
      const unanswered = setTimeout(() => call.destroy(this.late()), this.timeoutMs);
      call.on('close', () => clearTimeout(unanswered));
      // Not a failure: the server sends nothing, not even bookmarks, for a kind whose objects never changed.
      call.setTimeout(silenceMs, () => {
        resolve();
        call.destroy();
      });
      call.on('socket', (socket) => socket.setKeepAlive(true, 15_000));
      call.on('error', (error) =>
        signal.aborted ? resolve() : reject(explainConnection(this.options.url, error)),
      );
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
      const fail = (error: Error) =>
        reject(explainConnection(this.options.url, deadline.aborted ? this.late() : error));
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
            reject(unlikeApiServer(this.options.url, `answered ${path} with something else than JSON`));
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
    return unlikeApiServer(this.options.url, `answered ${path} with more than ${LARGEST_ANSWER >> 20} MB`);
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
}
