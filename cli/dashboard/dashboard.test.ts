import { request } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { declared, TestRepository } from '../../operate/promote/testing';
import { migrationModel, pageModel as modelOf, trafficOf } from '../../page/page.fixture';
import { axe, startBrowser } from '../../test/browser';
import { pageModel } from '../page-model';
import { Moves } from './moves';
import { Dashboard } from './server';

const ORDER = { id: 'shop', kind: 'next', to: 'shift-25', dryRun: true };
const OPTIONS = { cluster: false, forge: 'none' } as const;

let repository: TestRepository | undefined;
let dashboard: Dashboard | undefined;
afterEach(async () => {
  await dashboard?.stop();
  repository?.remove();
  dashboard = undefined;
  repository = undefined;
});

async function serve(isReadOnly = false, files: Readonly<Record<string, string>> = {}): Promise<Dashboard> {
  repository = new TestRepository({ 'shop.yaml': declared('shift-10'), ...files });
  const moves = new Moves(OPTIONS);
  dashboard = await Dashboard.start({
    read: () => pageModel([], OPTIONS, new Date()),
    ...(!isReadOnly && { move: (order) => moves.make(order) }),
    everyMs: 100,
  });
  return dashboard;
}

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Speaks to the server as whoever wants to. */
function ask(url: string, { method = 'GET', path = '', headers = {}, body }: Asked) {
  return new Promise<{ status: number; text: string; headers: object }>((resolve, reject) => {
    const sent = request(new URL(path, url), { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
      );
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

test('only its own page gets an answer', async () => {
  const { url } = await serve();
  const { origin, port } = new URL(url);
  const json = { 'content-type': 'application/json' };
  const move = (headers: Readonly<Record<string, string>>, body: unknown = ORDER) =>
    ask(url, { method: 'POST', path: 'move', headers: { ...json, ...headers }, body });
  expect((await ask(url, {})).headers).toMatchObject({
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
    'content-security-policy': "frame-ancestors 'none'",
  });
  // Another name for this machine, the address without the secret, and another page's script.
  expect((await ask(url, { headers: { host: `evil.example:${port}` } })).status).toBe(404);
  expect((await ask(origin, { path: '/' })).status).toBe(404);
  expect((await ask(origin, { path: '/x/events' })).status).toBe(404);
  expect((await ask(url, { headers: { origin: 'https://evil.example' } })).status).toBe(404);
  expect((await move({ origin: 'https://evil.example' })).status).toBe(404);
  expect((await move({ origin: 'null' })).status).toBe(404);
  expect((await move({})).status).toBe(404);
  expect((await move({ origin, 'content-type': 'text/plain' })).status).toBe(415);
  expect((await move({ origin }, { ...ORDER, kind: 'goto' })).status).toBe(400);
  expect((await move({ origin }, { ...ORDER, more: 'x' })).status).toBe(400);
  expect((await move({ origin }, 'x'.repeat(10_000))).status).toBe(400);
  expect((await move({ origin })).status).toBe(200);
  expect((await ask(url, { path: 'other' })).status).toBe(404);
}, 60_000);

test('it is on loopback, and the page holds no secret', async () => {
  process.env.PROMETHEUS_TOKEN = 'very-secret';
  const { url } = await serve();
  expect(new URL(url).hostname).toBe('127.0.0.1');
  const { text } = await ask(url, {});
  expect(text).not.toContain('very-secret');
  expect(text).not.toContain(new URL(url).pathname.split('/')[1]);
});

test('a plan that leads elsewhere by now moves nothing', async () => {
  const { url } = await serve();
  const headers = { origin: new URL(url).origin, 'content-type': 'application/json' };
  const { text } = await ask(url, {
    method: 'POST',
    path: 'move',
    headers,
    body: { ...ORDER, to: 'done', dryRun: false },
  });
  expect(JSON.parse(text)).toMatchObject({ possible: false, title: 'Not now' });
  expect(repository?.git('branch', '--list', 'meshferry/*')).toBe('');
}, 60_000);

describe('in a browser', () => {
  const { test, beforeAll, afterAll } = needing('chromium');
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
  });

  async function open(url: string): Promise<{ page: Page; errors: string[] }> {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('dialog', (dialog) => {
      errors.push(`a script said ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(url);
    return { page, errors };
  }

  test('a button shows the pull request before it makes it, and the page shows it afterwards', async () => {
    const { page, errors } = await open((await serve()).url);
    await page.getByRole('button', { name: 'Next: shift-25 …' }).click();
    await page.getByRole('heading', { name: 'Move shop to shift-25' }).waitFor();
    expect(await page.locator('dialog pre').textContent()).toContain('### What merging this changes');
    expect(await axe(page)).toEqual([]);
    expect(repository?.git('branch', '--list', 'meshferry/*')).toBe('');
    await page.getByRole('button', { name: 'Open the pull request' }).click();
    await page.getByText('It is committed on meshferry/shop/shift-25').waitFor();
    expect(repository?.git('branch', '--list', 'meshferry/*')).toContain('meshferry/shop/shift-25');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.locator('.track em', { hasText: 'proposed' }).waitFor();
    await page.getByRole('button', { name: 'Next: shift-25 …' }).click();
    await page.getByText('moving shop to shift-25 is proposed already').waitFor();
    expect(errors).toEqual([]);
    await page.close();
  }, 120_000);

  test('what a command refuses, a button refuses with the same words', async () => {
    const { page } = await open((await serve(false, { FREEZE: 'quarter end\n' })).url);
    await page.getByRole('button', { name: 'Next: shift-25 …' }).click();
    await page.getByText('migrations/FREEZE stops all moves: quarter end').waitFor();
    expect(await page.getByRole('button', { name: 'Open the pull request' }).isVisible()).toBe(false);
    await page.close();
  }, 120_000);

  test('it follows what is merged, and keeps what was unfolded', async () => {
    const { page } = await open((await serve()).url);
    await page.locator('summary', { hasText: 'Next: shift-25' }).click();
    repository?.moveTo('migrations/shop.yaml', 'shift-25');
    await page.locator('summary', { hasText: 'Next: shift-50' }).waitFor();
    expect(await page.locator('details.next[open]').count()).toBe(1);
    await page.close();
  }, 120_000);

  test('a lost server is said, and its buttons end', async () => {
    const { url } = await serve();
    const { page } = await open(url);
    await page.locator('#live-status', { hasText: 'live, ' }).waitFor();
    await dashboard?.stop();
    await page.locator('#live-status.lost').waitFor();
    expect(await page.locator('button[data-move]:enabled').count()).toBe(0);
    await page.close();
  }, 120_000);

  test('read-only, it has no buttons and refuses orders', async () => {
    const { url } = await serve(true);
    const { page } = await open(url);
    expect(await page.locator('button').count()).toBe(0);
    const status = await page.evaluate(
      async (body) =>
        (await fetch('move', { method: 'POST', headers: { 'content-type': 'application/json' }, body }))
          .status,
      JSON.stringify(ORDER),
    );
    expect(status).toBe(403);
    await page.close();
  }, 120_000);

  test('names, labels and health messages run nothing, in the page and in what follows', async () => {
    const hostile = [
      '<img src=x onerror=alert(1)>',
      '"><script>alert(2)</script>',
      "' onfocus='alert(3)' autofocus='",
      '</script><svg onload=alert(4)>',
    ];
    let round = 0;
    dashboard = await Dashboard.start({
      read: async () => {
        round++;
        const text = `${hostile.join(' ')} ${round > 2 ? 'again' : ''}`;
        const migration = migrationModel('shift-25', {
          traffic: { ...trafficOf(25), callers: [{ name: text, perSecond: 1 }] },
          state: { id: text, vm: text, pods: text, attention: [text] },
        });
        return { ...modelOf([migration]), title: text, unasked: [text] };
      },
      move: async () => ({
        title: hostile[0] ?? '',
        summary: hostile[1] ?? '',
        body: hostile[3] ?? '',
        possible: true,
        url: 'https://x.example/',
      }),
      everyMs: 50,
    });
    const { page, errors } = await open(dashboard.url);
    await page.locator('h1', { hasText: 'again' }).waitFor();
    await page.getByRole('button', { name: /^Next/ }).click();
    await page.locator('dialog pre', { hasText: 'svg onload' }).waitFor();
    expect(await page.locator('img, svg[onload], [onfocus]').count()).toBe(0);
    expect(errors).toEqual([]);
    await page.close();
  }, 120_000);
});
