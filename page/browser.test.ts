import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { axe, startBrowser } from '../test/browser';
import type { MigrationModel } from './model';
import { renderPage } from './page';
import { migrationModel, pageModel, trafficOf } from './page.fixture';

const { test, beforeAll, afterAll } = needing('chromium');

const folder = mkdtempSync(join(tmpdir(), 'meshferry-page-'));
let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const one = (phase: string, name = 'analytics') => migrationModel(phase, { name, traffic: trafficOf(25) });
const SOME = [
  migrationModel('shift-50', {
    name: 'billing',
    state: { attention: ['the pods get 50 % and none is available'] },
  }),
  one('shift-25'),
  one('done', 'search'),
];

let files = 0;
async function open(html: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const file = join(folder, `${files++}.html`);
  writeFileSync(file, html);
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`file://${file}`);
  return page;
}

/** 500 migrations on one page. */
function fleet(): string {
  const kinds = ['shift-25', 'pin', 'done'].map((phase) => one(phase));
  const migrations = Array.from({ length: 500 }, (_, index) => {
    const kind = kinds[index % kinds.length] as MigrationModel;
    return { ...kind, state: { ...kind.state, id: `team-${index % 20}/service-${index}` } };
  });
  return renderPage(pageModel(migrations));
}

test.each(['light', 'dark'] as const)(
  'axe finds nothing, %s',
  async (colorScheme) => {
    const page = await open(renderPage(pageModel(SOME)), { colorScheme });
    // What is folded away is looked at too.
    await page.evaluate(() => {
      for (const details of Array.from(document.querySelectorAll('details'))) details.open = true;
    });
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  },
  60_000,
);

test("on a phone's width nothing is wider than the screen", async () => {
  const page = await open(renderPage(pageModel(SOME)), { viewport: { width: 360, height: 740 } });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.context().close();
}, 60_000);

test('the keyboard reaches the filter, each migration, and what is folded away', async () => {
  const page = await open(renderPage(pageModel(SOME)));
  const reached: string[] = [];
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press('Tab');
    reached.push(
      await page.evaluate(() => {
        const { activeElement } = document;
        return `${activeElement?.tagName.toLowerCase()} ${(activeElement?.textContent ?? '').trim().slice(0, 16)}`;
      }),
    );
  }
  expect(reached).toEqual(
    expect.arrayContaining(['input ', 'a billing', 'a analytics', 'summary Next: shift-75']),
  );
  await page.locator('summary', { hasText: 'Next: shift-50' }).focus();
  await page.keyboard.press('Enter');
  expect(await page.locator('details.next[open]').count()).toBe(1);
  await page.context().close();
}, 60_000);

test('whoever wants no motion gets none', async () => {
  const page = await open(renderPage(pageModel(SOME)), { reducedMotion: 'reduce' });
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior)).toBe('auto');
  await page.context().close();
}, 60_000);

test('without JavaScript everything is there, and the filter is not', async () => {
  const page = await open(renderPage(pageModel(SOME)), { javaScriptEnabled: false });
  expect(await page.locator('.filter').isVisible()).toBe(false);
  expect(await page.locator('section').count()).toBe(2);
  await page.context().close();
}, 60_000);

test('500 migrations are open in two seconds, and filtered in 100 ms', async () => {
  const page = await open(fleet());
  const opened = await page.evaluate(() => {
    const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    return entry?.domContentLoadedEventEnd ?? Number.POSITIVE_INFINITY;
  });
  expect(opened).toBeLessThan(2000);
  const filtered = await page.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>('.filter input');
    const time = (text: string) => {
      const began = performance.now();
      if (input) input.value = text;
      input?.dispatchEvent(new Event('input', { bubbles: true }));
      // Asking for a size makes the browser lay the page out now.
      document.body.getBoundingClientRect();
      return performance.now() - began;
    };
    // The best of some rounds: what other programs take of the machine is not the page's.
    const rounds = Array.from({ length: 8 }, () => ['s', 'service-42', 'nothing', ''].map(time));
    return Math.max(...[0, 1, 2, 3].map((text) => Math.min(...rounds.map((round) => round[text] ?? 0))));
  });
  expect(filtered).toBeLessThan(100);
  await page.locator('.filter input').fill('service-42 team-2');
  expect(await page.locator('tbody tr:visible').count()).toBe(2);
  await page.context().close();
}, 60_000);
