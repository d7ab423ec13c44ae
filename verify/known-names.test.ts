import fc from 'fast-check';
import { distance } from 'fastest-levenshtein';
import { KnownNames, looksMistyped } from './known-names';

const HOSTS = [
  'analytics.demo.svc',
  'orders-12.demo.svc',
  'payments.shop.svc',
  'shop/gateway',
  '*.example.com',
  'exact.example.org',
];

test.each([
  ['analitycs.demo.svc', 'analytics.demo.svc'],
  ['ordres-12.demo.svc', 'orders-12.demo.svc'],
  ['payments.shpo.svc', 'payments.shop.svc'],
  ['shop/gatewya', 'shop/gateway'],
  ['orders-13.demo.svc', undefined],
  ['anything.demo.svc', undefined],
])('%s was meant to be %s', (name, meant) => {
  expect(new KnownNames(HOSTS).meant(name)).toBe(meant);
});

test.each([
  ['a.example.com', true],
  ['a.b.example.com', true],
  ['example.com', false],
  ['exact.example.org', true],
  ['other.example.org', false],
])('%s is declared: %s', (name, declared) => {
  expect(new KnownNames(HOSTS).has(name)).toBe(declared);
});

test('the search finds what a look at every name would find', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', 'd', '-', '1'),
    minLength: 4,
    maxLength: 10,
  });
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 40 }), name, (known, wanted) => {
      const found = new KnownNames(known).meant(wanted);
      const nearest = Math.min(
        ...known.filter((one) => looksMistyped(wanted, one)).map((one) => distance(wanted, one)),
      );
      expect(found === undefined ? Number.POSITIVE_INFINITY : distance(wanted, found)).toBe(nearest);
    }),
    { numRuns: 1_000 },
  );
});

test('among very many names, very many that are missing take no time to speak of', () => {
  const names = (from: number) =>
    Array.from({ length: 10_000 }, (_, index) => `${word(index + from)}.demo.svc`);
  const known = new KnownNames(names(0));
  const start = process.cpuUsage();
  for (const name of names(10_000)) known.meant(name);
  const { user } = process.cpuUsage(start);
  expect(user / 1e6).toBeLessThan(20);
});

/** Words that share no more than words do. */
function word(number: number): string {
  const hash = Math.imul(number + 1, 2_654_435_761) >>> 0;
  return `${hash.toString(26)}${(hash % 9_973).toString(26)}`.replace(
    /\d/g,
    (digit) => 'qrstuvwxyz'[Number(digit)] ?? '',
  );
}
