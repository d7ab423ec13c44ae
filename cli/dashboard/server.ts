import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PageModel } from '../../page/model';
import { type Live, renderContent, renderPage } from '../../page/page';
import { Access } from './access';
import { type MoveAnswer, moveOrder } from './moves';

/** What the dashboard shows, and what it may do. */
export interface DashboardOptions {
  /** Reads the state anew. */
  readonly read: () => Promise<PageModel>;
  /** Makes a move; absent: the dashboard is read-only. */
  readonly move?: (order: ReturnType<typeof moveOrder.parse>) => Promise<MoveAnswer>;
  /** Milliseconds between two looks while somebody watches. */
  readonly everyMs: number;
  /** On loopback. @default any free port */
  readonly port?: number;
}

const LARGEST_BODY = 4096;
const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** The page as a server on loopback that sends each new state to whoever watches. */
export class Dashboard {
  readonly #access: Access;
  readonly #watchers = new Set<ServerResponse>();
  readonly #live: Live;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #sent = '';

  private constructor(
    private readonly server: Server,
    private readonly options: DashboardOptions,
  ) {
    this.#access = new Access(() => (server.address() as AddressInfo).port);
    this.#live = { moves: options.move !== undefined };
  }

  /** Starts to listen. */
  static async start(options: DashboardOptions): Promise<Dashboard> {
    const server = createServer();
    const dashboard = new Dashboard(server, options);
    server.on('request', (request, response) => {
      dashboard.#answer(request, response).catch((error: Error) => {
        if (!response.headersSent) end(response, 500, 'text/plain', error.message);
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return dashboard;
  }

  /** Address with the secret, for whoever started it. */
  get url(): string {
    return this.#access.url;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.#looking?.catch(() => {});
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = this.#access.pathOf(request);
    const what = `${request.method} ${path}`;
    if (path === undefined) return end(response, 404, 'text/plain', 'Not found');
    if (what === 'GET ')
      return end(response, 200, 'text/html', renderPage(await this.options.read(), this.#live));
    if (what === 'GET events') return this.#watch(response);
    if (what === 'POST move') return this.#move(request, response);
    end(response, 404, 'text/plain', 'Not found');
  }

  async #move(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { move } = this.options;
    if (!move) return end(response, 403, 'text/plain', 'This dashboard is read-only');
    if (request.headers['content-type'] !== 'application/json')
      return end(response, 415, 'text/plain', 'It takes JSON');
    const order = moveOrder.safeParse(parse(await bodyOf(request)));
    if (!order.success) return end(response, 400, 'text/plain', 'It is not an order of this page');
    end(response, 200, 'application/json', JSON.stringify(await move(order.data)));
    if (!order.data.dryRun) this.#look();
  }

  #watch(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    response.write('retry: 1000\n\n');
    this.#watchers.add(response);
    response.on('close', () => this.#watchers.delete(response));
    this.#sent = '';
    this.#look();
  }

  /** One look at a time, and none while nobody watches. */
  #look(): void {
    if (this.#looking) return;
    clearTimeout(this.#timer);
    this.#looking = this.#send().finally(() => {
      this.#looking = undefined;
      if (this.#watchers.size > 0) this.#timer = setTimeout(() => this.#look(), this.options.everyMs);
    });
  }

  async #send(): Promise<void> {
    try {
      const model = await this.options.read();
      const html = renderContent(model, this.#live);
      // The time alone is no change.
      const content = renderContent({ ...model, made: new Date(0) }, this.#live);
      if (content === this.#sent) return;
      this.#sent = content;
      this.#tell('page', { html, at: model.made.toISOString().slice(11, 19) });
    } catch (error) {
      this.#sent = '';
      this.#tell('trouble', (error as Error).message.replace(/^✖ /, ''));
    }
  }

  #tell(event: string, data: unknown): void {
    for (const watcher of this.#watchers) watcher.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}

function end(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    ...HEADERS,
    'content-type': `${type}; charset=utf-8`,
    ...(type === 'text/html' && { 'content-security-policy': "frame-ancestors 'none'" }),
  });
  response.end(body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > LARGEST_BODY) return '';
  }
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
