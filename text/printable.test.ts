import fc from 'fast-check';
import { printable, printableLines } from './printable';

test.each([
  ['\u001b[2Jgone', '\\u{1b}[2Jgone'],
  ['a\nb\r\n', 'a\\u{a}b\\u{d}\\u{a}'],
  ['\u202eevil\u2066', '\\u{202e}evil\\u{2066}'],
  ['\u009b31m', '\\u{9b}31m'],
  ['a\u2028b\u0000\ud800', 'a\\u{2028}b\\u{0}\\u{d800}'],
  ['Zürich, 東京 – 100 % 🙂', 'Zürich, 東京 – 100 % 🙂'],
])('%j is shown as %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('whatever the text, no character that moves the cursor or the direction is left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }),
  );
});

test('text of several lines keeps its lines alone', () => {
  expect(printableLines('a\r\nb\u001b[0m\n')).toBe('a\nb\\u{1b}[0m\n');
});
