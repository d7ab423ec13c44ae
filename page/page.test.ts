import fc from 'fast-check';
import type { MigrationModel } from './model';
import { renderPage } from './page';
import { migrationModel, pageModel, trafficOf } from './page.fixture';

const one = (phase: string) => migrationModel(phase, { traffic: trafficOf(25) });

test('a migration is shown with its phases, both shares, its topology, its gate and what comes next', () => {
  const page = renderPage(pageModel([one('shift-25')]));
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(page).toContain('aria-current="step">shift-25</li>');
  expect(page).toContain('Shares over the phases. Now, in shift-25: VM 75 %, pods 25 %.');
  expect(page).toContain('analytics to analytics-v0: 75 %, 90/s, 99.97 % ok, p99 18 ms, mTLS.');
  expect(page).toContain('analytics to analytics-v1: 25 %, 30/s, 99.97 % ok, p99 18 ms, mTLS.');
  expect(page).toContain('shop/checkout');
  expect(page).toContain(
    'Machines: first <span>certificate ends in 19 h</span>, first <span>token ends in 27 d</span>',
  );
  expect(page).toContain('Next: <strong>shift-50</strong>');
  expect(page).toContain('<code>~</code> VirtualService analytics');
});

test('without a Prometheus nothing is made up', () => {
  const page = renderPage(pageModel([migrationModel('shift-25')]));
  expect(page).toContain('not measured');
  expect(page).toContain('analytics to analytics-v0: 75 %.');
  expect(page).not.toMatch(/NaN|undefined|null/);
});

test('what needs a person stands first, with the reason', () => {
  const wrong = migrationModel('shift-50', {
    name: 'zebra',
    state: { attention: ['the pods get 50 % and none is available'] },
  });
  const page = renderPage(pageModel([migrationModel('done', { name: 'alpha' }), one('pin'), wrong]));
  const rows = [...page.matchAll(/<tr class="(\w+)" data-text="(\S+)/g)].map(
    ([, outcome, id]) => `${id} ${outcome}`,
  );
  expect(rows).toEqual(['zebra halt', 'analytics go', 'alpha through']);
  // What is through has nothing more to show than its line.
  expect([...page.matchAll(/<h2>(\w+)/g)].map(([, id]) => id)).toEqual(['zebra', 'analytics']);
  expect(page).toContain('<strong class="halt">1 needs a person</strong>');
  expect(page).toContain('<li>the pods get 50 % and none is available</li>');
});

test('a certificate that ends soon is marked by a sign and a colour', () => {
  const page = renderPage(pageModel([{ ...one('shift-25'), expiry: { certificate: 3_600_000, token: -1 } }]));
  expect(page).toContain('<span class="halt">✖ certificate ends in 60 min</span>');
  expect(page).toContain('<span class="halt">✖ token has ended</span>');
});

test('every phase of every plan can be shown', () => {
  for (const phase of [
    'onboard',
    'pin',
    'deploy',
    'shift-10',
    'shift-100',
    'drain',
    'retire',
    'release',
    'done',
  ])
    expect(renderPage(pageModel([one(phase)]))).toContain('</html>');
});

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style><script>alert(1)</script>',
  '&lt;b&gt; &amp; <!-- --> ]]>',
  'javascript:alert(1)',
];

test.each(HOSTILE)('%s is text wherever it comes from', (text) => {
  const hostile = migrationModel('shift-25', {
    traffic: { ...trafficOf(25), callers: [{ name: text, perSecond: 1 }] },
    state: {
      vm: text,
      pods: text,
      attention: [text],
      verdict: {
        ...one('shift-25').state.verdict,
        checks: [{ name: text, outcome: 'halt', value: text, bound: text, text }],
      },
    },
  });
  expect(tagsOf(renderPage({ ...pageModel([hostile]), title: text, unasked: [text] }))).toEqual(
    tagsOf(renderPage({ ...pageModel([hostileButPlain()]), title: 'x', unasked: ['x'] })),
  );
});

/** The same page as the hostile one, with a harmless word in every place. */
function hostileButPlain() {
  return migrationModel('shift-25', {
    traffic: { ...trafficOf(25), callers: [{ name: 'x', perSecond: 1 }] },
    state: {
      vm: 'x',
      pods: 'x',
      attention: ['x'],
      verdict: {
        ...one('shift-25').state.verdict,
        checks: [{ name: 'x', outcome: 'halt', value: 'x', bound: 'x', text: 'x' }],
      },
    },
  });
}

/** Names of the elements and of their attributes, in their order. */
function tagsOf(page: string): string[] {
  const [, body = ''] = page.split('<body>');
  return [...body.matchAll(/<(\/?[a-z][a-z0-9]*)((?:\s+[a-zA-Z-]+(?:="[^"]*")?)*)\s*\/?>/g)].map(
    ([, name, attributes = '']) =>
      `${name} ${[...attributes.matchAll(/([a-zA-Z-]+)="/g)].map(([, attribute]) => attribute).join(' ')}`,
  );
}

test('whatever a machine says of its health, the page has the elements that it has without', () => {
  const plain = tagsOf(renderPage(pageModel([migrationModel('shift-25', { state: { vm: 'x' } })])));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (vm) => {
      expect(tagsOf(renderPage(pageModel([migrationModel('shift-25', { state: { vm } })])))).toEqual(plain);
    }),
    { numRuns: 20 },
  );
});

test('nothing on it comes from elsewhere, and its policy lets nothing else in', () => {
  const page = renderPage(pageModel([one('shift-25')]));
  expect(page).toMatch(/content="default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+';/);
  expect(page).not.toMatch(/<(link|img|iframe|object)|@import|src=|style="/);
});

test('the page of one migration stays under 60 KB, of 500 under 2 MB', () => {
  expect(Buffer.byteLength(renderPage(pageModel([one('shift-25')])))).toBeLessThan(60_000);
  const kinds = ['shift-25', 'pin', 'done'].map(one);
  const fleet = Array.from({ length: 500 }, (_, index) => {
    const kind = kinds[index % kinds.length] as MigrationModel;
    return { ...kind, state: { ...kind.state, id: `team-${index % 20}/service-${index}` } };
  });
  expect(Buffer.byteLength(renderPage(pageModel(fleet)))).toBeLessThan(2_000_000);
});
