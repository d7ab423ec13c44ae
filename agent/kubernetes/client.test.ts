import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { Authority, json, TlsServer } from '../testing/tls';
import { ApiServer } from './client';
import { explainRefusal } from './explain';

const authority = new Authority();
const certificate = authority.issue();
afterAll(() => authority.remove());

let server: TlsServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const serve = async (...args: Parameters<typeof TlsServer.start>): Promise<TlsServer> => {
  server = await TlsServer.start(...args);
  return server;
};
const client = (url: string, more: { ca?: string; token?: () => string; timeoutMs?: number } = {}) =>
  new ApiServer({ url, ca: authority.ca, token: () => 'secret-token', timeoutMs: 5000, ...more });
const thrown = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: Error) => error,
  );

test('it asks with the token and the authority it was given, and takes the clock from the answer', async () => {
  const { url, requests } = await serve(certificate, (_, response) => json(response, { kind: 'Status' }));
  const api = client(url);
  expect(await api.get('/api')).toEqual({ kind: 'Status' });
  expect(requests[0]?.headers.authorization).toBe('Bearer secret-token');
  expect(Math.abs((api.lastDate?.server.getTime() ?? 0) - Date.now())).toBeLessThan(3000);
});

test('what is sent arrives whole, with its kind', async () => {
  let sent = '';
  const { url, requests } = await serve(certificate, (request, response) => {
    request.on('data', (chunk) => {
      sent += String(chunk);
    });
    request.on('end', () => json(response, {}, 201));
  });
  await client(url).patch('/entry', { spec: { address: 'ä' } });
  expect([requests[0]?.method, requests[0]?.headers['content-type'], sent]).toEqual([
    'PATCH',
    'application/merge-patch+json',
    '{"spec":{"address":"ä"}}',
  ]);
});

describe('a server that is not to be trusted is not talked to', () => {
  const other = new Authority();
  afterAll(() => other.remove());

  test.each([
    ['of another authority', () => other.issue(), 'wrong-ca', 'is not one that the given CA vouches for'],
    ['for another name', () => authority.issue('DNS:elsewhere'), 'wrong-ca', 'vouches for'],
    ['that has expired', () => authority.issue('IP:127.0.0.1', -1), 'clock', 'certificate has expired'],
  ])('its certificate is %s', async (_, issue, kind, message) => {
    const { url, requests } = await serve(issue(), (__, response) => json(response, {}));
    const error = await thrown(client(url).get('/api'));
    expect(error).toMatchObject({ kind, message: expect.stringContaining(message) });
    expect(error.message).not.toMatch(/Node\.js|--use-system-ca/);
    const watched = await thrown(
      client(url).stream(
        '/watch',
        { opened: () => {}, line: () => {} },
        { signal: new AbortController().signal, silenceMs: 1000 },
      ),
    );
    expect(watched).toMatchObject({ kind });
    expect(requests).toHaveLength(0); // the token was never sent
  });
});

describe('a server that does not answer', () => {
  test('since nobody listens', async () => {
    const { port } = await serve(certificate, () => {});
    await server?.stop();
    server = undefined;
    expect(await thrown(client(`https://127.0.0.1:${port}`).get('/api'))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test.each([
    ['after the request', (): void => {}],
    [
      'to its end: it sends a byte now and then',
      (response: ServerResponse): void => {
        const drip = setInterval(() => response.write(' '), 50);
        response.once('close', () => clearInterval(drip));
      },
    ],
  ])('%s', async (_, answer) => {
    const { url } = await serve(certificate, (__, response) => answer(response));
    expect(await thrown(client(url, { timeoutMs: 300 }).get('/api'))).toMatchObject({
      kind: 'unreachable',
      message: `the API server ${url} does not answer: no answer within 0.3 s`,
    });
  });

  test('to the first words of TLS', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `https://127.0.0.1:${(silent.address() as { port: number }).port}`;
    expect((await thrown(client(url, { timeoutMs: 300 }).get('/api'))).message).toContain('no answer within');
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test('to the first packet, as behind a firewall that drops: its queue is full', async () => {
    const stuck = spawn(process.execPath, [
      '-e',
      "const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => { console.log(s.address().port); process.kill(process.pid, 'SIGSTOP'); });",
    ]);
    const [line] = (await once(stuck.stdout, 'data')) as [Buffer];
    const port = Number(line);
    const fillers = Array.from({ length: 6 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await new Promise((done) => setTimeout(done, 300));
    const url = `https://127.0.0.1:${port}`;
    expect((await thrown(client(url, { timeoutMs: 300 }).get('/api'))).message).toContain('no answer within');
    for (const filler of fillers) filler.destroy();
    stuck.kill('SIGKILL');
  });

  test('since it is cut off in the middle', async () => {
    const { url } = await serve(certificate, (_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"half":');
      setTimeout(() => response.destroy(), 50);
    });
    expect(await thrown(client(url).get('/api'))).toMatchObject({ kind: 'unreachable' });
  });

  test('in TLS', async () => {
    const plain = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await once(plain, 'listening');
    const url = `https://127.0.0.1:${(plain.address() as { port: number }).port}`;
    expect(await thrown(client(url).get('/api'))).toMatchObject({
      kind: 'unreachable',
      message: `${url} is not like an API server: it does not speak TLS`,
    });
    plain.close();
  });

  test('in JSON', async () => {
    const { url } = await serve(certificate, (_, response) => response.end('<html>welcome</html>'));
    expect(await thrown(client(url).get('/api'))).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('answered /api with something else than JSON'),
    });
  });

  test('with less than all the memory there is', async () => {
    const { url } = await serve(certificate, (_, response) => {
      const flood = () => {
        while (response.write('x'.repeat(1 << 16)));
        response.once('drain', flood);
      };
      flood();
    });
    const message = expect.stringContaining('with more than 8 MB');
    expect(await thrown(client(url).get('/api'))).toMatchObject({ kind: 'unreachable', message });
    const watched = client(url).stream(
      '/watch',
      { opened: () => {}, line: () => {} },
      { signal: new AbortController().signal, silenceMs: 1000 },
    );
    expect(await thrown(watched)).toMatchObject({ kind: 'unreachable', message });
  });
});

test('a watch that falls silent ends, as one that the server ends, so that it is replaced', async () => {
  const { url } = await serve(certificate, (_, response) => {
    response.writeHead(200).flushHeaders();
    response.write('{"a":1}\n');
  });
  const lines: string[] = [];
  await client(url).stream(
    '/watch',
    { opened: () => lines.push('opened'), line: (text) => lines.push(text) },
    { signal: new AbortController().signal, silenceMs: 1000 },
  );
  expect(lines).toEqual(['opened', '{"a":1}']);
});

describe('a server that refuses', () => {
  test('says why, and is not asked again', async () => {
    const { url, requests } = await serve(certificate, (_, response) =>
      json(response, { kind: 'Status', message: 'not for you' }, 403),
    );
    expect(await thrown(client(url).get('/api'))).toMatchObject({ status: 403, message: 'not for you' });
    expect(requests).toHaveLength(1);
  });

  test('a renewed token is used with the next request', async () => {
    let token = 'old';
    const { url } = await serve(certificate, (request, response) =>
      request.headers.authorization === 'Bearer new' ? json(response, {}) : json(response, {}, 401),
    );
    const api = client(url, { token: () => token });
    expect(await thrown(api.get('/api'))).toMatchObject({ status: 401 });
    token = 'new';
    expect(await api.get('/api')).toEqual({});
  });

  test.each([429, 503])('with %d, since it is busy, is asked again when it says so', async (status) => {
    const { url, requests } = await serve(certificate, (_, response) =>
      requests.length < 3
        ? json(response, { message: 'busy' }, status, { 'retry-after': '1' })
        : json(response, { done: true }),
    );
    const began = Date.now();
    expect(await client(url).get('/api')).toEqual({ done: true });
    expect(Date.now() - began).toBeGreaterThanOrEqual(1900);
  });

  test('for long is asked three times', async () => {
    const { url, requests } = await serve(certificate, (_, response) =>
      json(response, { message: 'busy' }, 429, { 'retry-after': '0' }),
    );
    const error = await thrown(client(url).get('/api'));
    expect(requests).toHaveLength(3);
    expect(explainRefusal(error, 'WorkloadGroup a/b', 't', 'a')).toMatchObject({
      kind: 'unreachable',
      message: 'the API server cannot give WorkloadGroup a/b now: busy (HTTP 429)',
    });
  });

  test.each([
    ['to come back later than a command can wait', 503, '600', 600_000],
    ['to come back at a date', 503, new Date(Date.now() + 600_000).toUTCString(), 600_000],
    ['nothing of when to come back', 503, undefined, undefined],
    ['in words that nobody understands', 503, 'soon', undefined],
  ])('and says %s', async (_, status, header, expected) => {
    const { url, requests } = await serve(certificate, (__, response) =>
      json(response, {}, status, header ? { 'retry-after': header } : {}),
    );
    const { retryAfterMs } = (await thrown(client(url).get('/api'))) as { retryAfterMs?: number };
    if (expected === undefined) expect(retryAfterMs).toBeUndefined();
    else expect(Math.abs((retryAfterMs ?? 0) - expected)).toBeLessThan(40_000);
    expect(requests).toHaveLength(1);
  });
});
