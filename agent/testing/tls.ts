import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server's certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority, made by openssl, and what it vouches for. */
export class Authority {
  private readonly folder = mkdtempSync(join(tmpdir(), 'meshferry-ca-'));
  /** Its own certificate, PEM. */
  readonly ca: string;

  constructor() {
    this.openssl(
      ...['req', '-x509', '-subj', '/CN=test CA', '-days', '2', ...NEW_KEY, 'ca.key', '-out', 'ca.pem'],
    );
    this.ca = this.read('ca.pem');
  }

  /**
   * @param names subjectAltName, e.g. `IP:127.0.0.1`
   * @param days how long it is valid from now on; negative: it has expired
   */
  issue(names = 'IP:127.0.0.1', days = 2): Certificate {
    this.openssl(...['req', '-new', '-subj', '/CN=test server', ...NEW_KEY, 'key', '-out', 'request']);
    writeFileSync(join(this.folder, 'extensions'), `subjectAltName=${names}\n`);
    this.openssl(
      ...[
        'x509',
        '-req',
        '-in',
        'request',
        '-out',
        'cert',
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
      ],
      ...['-extfile', 'extensions', '-days', String(days)],
    );
    return { cert: this.read('cert'), key: this.read('key') };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' });
  }

  private read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout'];

/** A server on loopback that speaks TLS, and answers as the test says. */
export class TlsServer {
  readonly requests: IncomingMessage[] = [];

  private constructor(private readonly server: Server) {}

  static async start(
    certificate: Certificate,
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<TlsServer> {
    const server = new TlsServer(createServer(certificate));
    server.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      server.requests.push(request);
      answer(request, response);
    });
    server.server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    return server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** Cuts every connection, as a load balancer that is replaced does. */
  cut(): void {
    this.server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Answers with JSON, as the API server does. */
export function json(response: ServerResponse, body: unknown, status = 200, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
