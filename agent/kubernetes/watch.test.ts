import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authority, json, TlsServer } from '../testing/tls';
import { ApiServer } from './client';
import type { KubernetesObject } from './objects';
import { backoff, watchObject } from './watch';

const authority = new Authority();
const certificate = authority.issue();
afterAll(() => authority.remove());
const TARGET = { collection: '/api/v1/namespaces/a/configmaps', name: 'istio' };

/** A server of one object, and a watch of it: what was asked, and what was versions. */
class Watched {
  /** `list`, or the version that a watch resumed from. */
  readonly asked: string[] = [];
  /** Versions of the object that were reported; `gone`. */
  readonly versions: string[] = [];
  readonly failures: { message: string; retryMs: number }[] = [];
  answers = 0;
  token = 'first';
  private server: TlsServer | undefined;
  private readonly end = new AbortController();
  private ended: Promise<void> | undefined;

  /**
   * @param list answers a list; what it gives back is the version of the list
   * @param watch answers the nth watch, from 1
   */
  async start(
    watch: (response: ServerResponse, n: number, request: IncomingMessage) => void,
    list: (response: ServerResponse, request: IncomingMessage) => void = (response) =>
      json(response, { metadata: { resourceVersion: '10' }, items: [object('5')] }),
  ): Promise<this> {
    let watches = 0;
    this.server = await TlsServer.start(certificate, (request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'https://x');
      const isWatch = searchParams.get('watch') === 'true';
      this.asked.push(isWatch ? (searchParams.get('resourceVersion') ?? '') : 'list');
      if (isWatch) watch(response, ++watches, request);
      else list(response, request);
    });
    const api = new ApiServer({
      url: this.server.url,
      ca: authority.ca,
      token: () => this.token,
      timeoutMs: 400,
    });
    this.ended = watchObject(
      api,
      TARGET,
      {
        answered: () => {
          this.answers++;
        },
        changed: (now) => this.versions.push(now?.metadata.resourceVersion ?? 'gone'),
        failed: (error, retryMs) => this.failures.push({ message: (error as Error).message, retryMs }),
      },
      this.end.signal,
    );
    return this;
  }

  async until(what: (now: this) => boolean): Promise<void> {
    const deadline = Date.now() + 15_000;
    while (!what(this)) {
      if (Date.now() > deadline) {
        const { asked, versions, failures } = this;
        throw new Error(`not in time: ${JSON.stringify({ asked, versions, failures })}`);
      }
      await sleep(10);
    }
  }

  get cut(): () => void {
    return () => this.server?.cut();
  }

  async stop(): Promise<void> {
    this.end.abort();
    await this.ended;
    await this.server?.stop();
  }
}

let watched: Watched;
beforeEach(() => {
  watched = new Watched();
});
afterEach(() => watched.stop());

const object = (resourceVersion: string): KubernetesObject => ({
  metadata: { name: 'istio', resourceVersion },
});
const event = (type: string, version: string) => `${JSON.stringify({ type, object: object(version) })}\n`;
const open = (response: ServerResponse) => response.writeHead(200).flushHeaders();

test('it reports what is there, then each change, and that it is gone and back', async () => {
  await watched.start((response) => {
    open(response);
    for (const [type, version] of [
      ['MODIFIED', '11'],
      ['DELETED', '12'],
      ['ADDED', '13'],
    ] as const)
      response.write(event(type, version));
  });
  await watched.until(({ versions }) => versions.length === 4);
  expect(watched.versions).toEqual(['5', '11', 'gone', '13']);
  expect(watched.asked).toEqual(['list', '10']);
});

test('it reports an object that is not there', async () => {
  await watched.start(open, (response) => json(response, { metadata: { resourceVersion: '7' }, items: [] }));
  await watched.until(({ answers }) => answers === 1);
  expect([watched.versions, watched.asked]).toEqual([['gone'], ['list', '7']]);
});

test('events that come in pieces, split in the middle of a letter, are put together', async () => {
  const text = Buffer.from(
    `${JSON.stringify({ type: 'MODIFIED', object: { metadata: { name: 'ä', resourceVersion: '11' } } })}\n${event('MODIFIED', '12')}`,
  );
  const letter = text.indexOf(0xc3) + 1;
  await watched.start(async (response) => {
    open(response);
    for (const piece of [
      text.subarray(0, letter),
      text.subarray(letter, letter + 30),
      text.subarray(letter + 30),
    ]) {
      response.write(piece);
      await sleep(30);
    }
  });
  await watched.until(({ versions }) => versions.length === 3);
  expect(watched.versions).toEqual(['5', '11', '12']);
});

test('a bookmark is no change, and the place to resume from', async () => {
  await watched.start((response, n) => {
    open(response);
    if (n === 1) response.end(event('BOOKMARK', '25'));
  });
  await watched.until(({ asked }) => asked.length === 3);
  expect([watched.versions, watched.asked]).toEqual([['5'], ['list', '10', '25']]);
  expect(watched.failures).toEqual([]);
});

test('a connection that is cut in the middle of a watch is resumed, and nothing is reported twice', async () => {
  await watched.start((response, n) => {
    open(response);
    if (n === 1) response.write(event('MODIFIED', '11'));
    else response.write(event('MODIFIED', '12'));
  });
  await watched.until(({ versions }) => versions.length === 2);
  watched.cut();
  await watched.until(({ versions }) => versions.length === 3);
  expect([watched.versions, watched.asked]).toEqual([
    ['5', '11', '12'],
    ['list', '10', '11'],
  ]);
  expect(watched.failures).toEqual([{ message: expect.any(String), retryMs: expect.any(Number) }]);
  expect(watched.answers).toBe(2); // so that whoever heard of the failure knows that it is over
});

test('half a line before the cut is not versions, and asked for again', async () => {
  await watched.start((response, n) => {
    open(response);
    if (n === 1) response.end(event('MODIFIED', '11') + event('MODIFIED', '12').slice(0, 30));
    else response.write(event('MODIFIED', '12'));
  });
  await watched.until(({ versions }) => versions.length === 3);
  expect([watched.versions, watched.asked]).toEqual([
    ['5', '11', '12'],
    ['list', '10', '11'],
  ]);
});

test('half a line that is followed by another is a failure, and requested again', async () => {
  await watched.start((response, n) => {
    open(response);
    if (n === 1) response.write(`${event('MODIFIED', '11').slice(0, 30)}\n${event('MODIFIED', '12')}`);
    else response.write(event('MODIFIED', '12'));
  });
  await watched.until(({ versions }) => versions.length === 2);
  expect([watched.versions, watched.asked]).toEqual([
    ['5', '12'],
    ['list', '10', '10'],
  ]);
  expect(watched.failures[0]?.message).toContain(
    'the watch of istio brought something else than JSON: {"type"',
  );
});

test.each([
  [
    'as an event',
    (response: ServerResponse) => {
      open(response);
      response.write(
        `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, message: 'too old' } })}\n`,
      );
    },
  ],
  [
    'as an answer',
    (response: ServerResponse) => json(response, { message: 'too old resource version' }, 410),
  ],
])('a place that the server has forgotten (410 Gone, %s) is left: all is listed again', async (_, gone) => {
  let lists = 0;
  await watched.start(
    (response, n) => (n === 1 ? gone(response) : open(response)),
    (response) =>
      json(response, {
        metadata: { resourceVersion: String(++lists * 100) },
        items: [object(String(lists))],
      }),
  );
  await watched.until(({ asked }) => asked.length === 4);
  expect([watched.versions, watched.asked]).toEqual([
    ['1', '2'],
    ['list', '100', 'list', '200'],
  ]);
});

test('a token that is refused (401) and then renewed is used at once', async () => {
  await watched.start(
    (response) => open(response),
    (response, { headers }) =>
      headers.authorization === 'Bearer renewed'
        ? json(response, { metadata: { resourceVersion: '10' }, items: [object('5')] })
        : json(response, { message: 'Unauthorized' }, 401),
  );
  await watched.until(({ failures }) => failures.length === 1);
  expect(watched.answers).toBe(0);
  watched.token = 'renewed';
  await watched.until(({ answers }) => answers === 1);
  expect(watched.versions).toEqual(['5']);
});

test('a watch that may not be made (403), though the list may, is tried ever later', async () => {
  await watched.start((response) => json(response, { message: 'may not watch' }, 403));
  await watched.until(({ failures }) => failures.length === 4);
  expect(watched.failures.map(({ message }) => message)).toEqual(Array(4).fill('may not watch'));
  expectToBackOff();
});

test('a server that ends each watch at once is asked ever later', async () => {
  await watched.start((response) => response.end());
  await watched.until(({ failures }) => failures.length === 4);
  expect(watched.failures[0]?.message).toBe('the watch of istio was ended at once');
  expectToBackOff();
  expect(watched.asked).toEqual(['list', '10', '10', '10', '10']);
});

test('a server that takes the connection and never answers is given up, and asked ever later', async () => {
  await watched.start(() => {});
  await watched.until(({ failures }) => failures.length === 3);
  expect(watched.failures[0]?.message).toContain('no answer within 0.4 s');
  expectToBackOff();
});

test.each([429, 503])('a server that is busy (%d) is left alone for as long as it asks', async (status) => {
  const times: number[] = [];
  await watched.start((response, n) => {
    times.push(Date.now());
    if (n === 1) json(response, { message: 'busy' }, status, { 'retry-after': '2' });
    else open(response);
  });
  await watched.until(({ answers }) => answers === 1);
  const [first = 0, second = 0] = times;
  expect(second - first).toBeGreaterThanOrEqual(1990);
  expect(watched.failures).toEqual([{ message: 'busy', retryMs: 2000 }]);
});

test('and however long it asks for, not for more than half a minute', async () => {
  await watched.start((response) => json(response, { message: 'busy' }, 503, { 'retry-after': '86400' }));
  await watched.until(({ failures }) => failures.length === 1);
  expect(watched.failures[0]?.retryMs).toBe(30_000);
});

test('what worked for a while is tried again soon, however often it failed before', async () => {
  await watched.start((response, n) => {
    if (n <= 3) return void json(response, { message: 'no' }, 500);
    open(response);
    response.end(event('MODIFIED', String(10 + n)));
    if (n === 4) setTimeout(watched.cut, 50);
  });
  await watched.until(({ versions }) => versions.includes('14'));
  await watched.until(({ failures, asked }) => failures.length >= 3 && asked.includes('14'));
  expect(watched.failures.slice(3).every(({ retryMs }) => retryMs <= 500)).toBe(true);
});

test('it ends at once with its signal, whatever it waits for', async () => {
  await watched.start((response) => json(response, { message: 'no' }, 503, { 'retry-after': '30' }));
  await watched.until(({ failures }) => failures.length === 1);
  const began = Date.now();
  await watched.stop();
  // It waits for 30 seconds.
  expect(Date.now() - began).toBeLessThan(10_000);
});

/** Each wait is from half of what doubles to all of it. */
function expectToBackOff(): void {
  watched.failures.forEach(({ retryMs }, n) => {
    expect(retryMs).toBeGreaterThanOrEqual(250 * 2 ** n);
    expect(retryMs).toBeLessThanOrEqual(500 * 2 ** n);
  });
}

test('tries come ever later, and not all machines at once', () => {
  expect([0, 1, 2, 9].map((failures) => backoff(failures, 1))).toEqual([500, 1000, 2000, 30_000]);
  expect(backoff(0, 0)).toBe(250);
});
