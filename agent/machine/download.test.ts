import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { globalAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../failure';
import { Authority, TlsServer } from '../testing/tls';
import { type DownloadLimits, download } from './download';
import { fetchPackage } from './package';

const authority = new Authority();
const PACKAGE = Buffer.from('the package');
const SUM = createHash('sha256').update(PACKAGE).digest('hex');
const LIMITS: DownloadLimits = { bytes: 1000, totalMs: 2_000, silenceMs: 500 };

let folder: string;
let http: Server;
let https: TlsServer;
let asked: string[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
beforeAll(async () => {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    asked.push(request.url ?? '');
    answer(request, response);
  };
  globalAgent.options.ca = authority.ca;
  https = await TlsServer.start(authority.issue(), listener);
  http = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => http.once('listening', resolve));
});
afterAll(async () => {
  delete globalAgent.options.ca;
  http.closeAllConnections();
  http.close();
  await https.stop();
  authority.remove();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshferry-download-'));
  asked = [];
  answer = (_, response) => response.end(PACKAGE);
});
afterEach(() => rmSync(folder, { recursive: true }));

const httpUrl = () => `http://127.0.0.1:${(http.address() as AddressInfo).port}/p.deb`;
const httpsUrl = () => `${https.url}/p.deb`;
const to = () => join(folder, 'part');
const get = (url: string, plainHttp = false) => download(url, to(), { plainHttp, limits: LIMITS });
const redirectTo = (location: () => string) => {
  answer = ({ url }, response) =>
    url === '/p.deb' ? response.writeHead(302, { location: location() }).end() : response.end(PACKAGE);
};

async function refusal(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(() => undefined).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Failure);
  expect(readdirSync(folder)).toEqual([]);
  return error as Failure;
}

test('a file comes by https, with the checksum of what came', async () => {
  expect(await get(httpsUrl())).toBe(SUM);
  expect(readFileSync(to())).toEqual(PACKAGE);
});

test('by http only where that is asked for', async () => {
  expect((await refusal(get(httpUrl()))).message).toContain('which is not an https URL');
  expect(asked).toEqual([]);
  expect(await get(httpUrl(), true)).toBe(SUM);
});

test('no redirect leads from https to http, whatever is asked for', async () => {
  redirectTo(() => httpUrl().replace('p.deb', 'other'));
  for (const plainHttp of [false, true]) {
    expect((await refusal(get(httpsUrl(), plainHttp))).message).toContain('which is not an https URL');
  }
  expect(asked).toEqual(['/p.deb', '/p.deb']);
});

test('nor by https back to http', async () => {
  answer = ({ url }, response) => {
    const location = { '/p.deb': `${https.url}/a`, '/a': httpUrl().replace('p.deb', 'b') }[url ?? ''];
    if (location) response.writeHead(302, { location }).end();
    else response.end(PACKAGE);
  };
  await refusal(get(httpUrl(), true));
  expect(asked).toEqual(['/p.deb', '/a']);
});

test('a redirect from http to https, or to the same, is followed', async () => {
  redirectTo(() => `${https.url}/other`);
  expect(await get(httpUrl(), true)).toBe(SUM);
  redirectTo(() => '/other');
  expect(await get(httpsUrl())).toBe(SUM);
});

test.each(['file:///etc/shadow', 'ftp://127.0.0.1/x', 'http:', 'https://['])(
  'a redirect to %s is refused',
  async (location) => {
    redirectTo(() => location);
    expect((await refusal(get(httpsUrl()))).kind).toBe('package');
  },
);

test('redirects that never end do', async () => {
  answer = (_, response) => response.writeHead(302, { location: '/p.deb' }).end();
  expect((await refusal(get(httpsUrl()))).message).toContain('HTTP 302');
  expect(asked.length).toBe(4);
});

test.each<[string, typeof answer, RegExp]>([
  [
    'says that it is too large',
    (_, response) => response.writeHead(200, { 'content-length': 5000 }).write('x'),
    /more than/,
  ],
  ['is too large, and does not say so', (_, response) => void endless(response, 0), /more than/],
  ['never begins', () => {}, /nothing came for 0.5 s/],
  ['stops in the middle', (_, response) => response.write('x'), /nothing came for 0.5 s/],
  ['drips', (_, response) => void endless(response, 50), /it took longer than 2 s/],
  [
    'breaks off',
    (_, response) => response.writeHead(200, { 'content-length': 20 }).write('x', () => response.destroy()),
    /aborted/,
  ],
  ['is not there', (_, response) => response.writeHead(404).end(), /HTTP 404/],
])('what %s is refused, and no part of it stays', async (_, behaviour, words) => {
  answer = behaviour;
  const failure = await refusal(get(httpsUrl()));
  expect(failure.kind).toBe('package');
  expect(failure.message).toMatch(words);
});

describe('a package', () => {
  const fetched = (sha256: readonly string[] | undefined) =>
    fetchPackage({ url: httpsUrl(), ...(sha256 && { sha256 }) }, httpsUrl(), folder);

  test('is never asked for its own checksum: without one from elsewhere nothing is asked', async () => {
    answer = ({ url }, response) => response.end(url?.endsWith('.sha256') ? `${SUM}  p.deb\n` : PACKAGE);
    const failure = await refusal(fetched(undefined));
    expect([failure.kind, asked]).toEqual(['checksum', []]);
  });

  test('that is another than promised is not kept', async () => {
    expect((await refusal(fetched(['0'.repeat(64)]))).kind).toBe('checksum');
  });

  test('that is one of those promised is kept, and not asked for again', async () => {
    const file = await fetched(['0'.repeat(64), SUM]);
    expect(readFileSync(file)).toEqual(PACKAGE);
    expect(await fetched([SUM])).toBe(file);
    expect(asked).toEqual(['/p.deb']);
    expect(await fetched(['1'.repeat(64)]).catch((error: Failure) => error.kind)).toBe('checksum');
    expect(existsSync(`${file}.part`)).toBe(false);
  });
});

function endless(response: ServerResponse, everyMs: number): void {
  const timer = setInterval(() => response.write('xxxxxxxxxx'), everyMs);
  response.on('close', () => clearInterval(timer));
}
