import type { Random } from './random';

/** What YAML 1.1, YAML 1.2 and Go read differently, or nearly. */
const SCALARS = [
  ...['yes', 'y', 'Y', 'off', 'NO', 'tRUE', 'on', '~', 'null', 'Null', '', '=', '<<'],
  ...[
    '010',
    '0o10',
    '08',
    '0x1F',
    '-0x1F',
    '0b101',
    '-0b11',
    '1_000',
    '_1',
    '1e3',
    '1E+3',
    '1e',
    '1.0',
    '1.',
  ],
  ...['.5', '-.5', '+.5', '+1', '+-1', '00', '-0', '1e400', '99999999999999999999', '.inf', '.nan', '1.10'],
  ...[
    '12:30',
    '12:30:45',
    '2020-01-01',
    '2020-01-01T00:00:00Z',
    '1,000',
    'true ',
    'a b',
    'a:b',
    'a #b',
    'a#b',
  ],
  ...[
    '"a\\tb"',
    "'it''s'",
    '"x\ny"',
    '"\\u00e9"',
    '"\\q"',
    "'\\n'",
    '"a" b',
    '#c',
    '@x',
    '`x`',
    '%x',
    '-',
    '- a',
  ],
  ...[
    '[a, b]',
    '[001:db8::]',
    '[a:, b]',
    '["a":1]',
    '[::1]',
    '[{a: 1}, ]',
    '{a: 1}',
    '{a}',
    '{a, b}',
    '{"a":1}',
  ],
  ...[
    '&x a',
    '*x',
    '!!str 1',
    '!!int "5"',
    '!!bool yes',
    '!!float 1',
    '!!null x',
    '!foo bar',
    '!!binary aGk=',
  ],
  ...[
    '|\n  text\n  more',
    '>-\n  text\n\n  more',
    '|2\n    x',
    '|+\n\n',
    '? a',
    'a: b',
    'a\n  b',
    '{{ .Values.x }}',
  ],
  ...['http://x:80', '::1', '{', '}', ']', '[', ',', 'a, b', '{\n}', '[\n1\n]'],
];

const KEYS = [
  'a',
  'b',
  'c',
  'a b',
  'a:b',
  '1',
  '1.10',
  'yes',
  'on',
  'null',
  '~',
  '',
  '0x10',
  '"q"',
  "'s'",
].concat(['<<', '&k k', '!!str 1', '? x', '[x]', '{x: y}']);

const PIECES = [
  ' ',
  '  ',
  ':',
  ': ',
  '-',
  '- ',
  '#',
  ' #',
  '"',
  "'",
  '\t',
  '{',
  '}',
  '[',
  ']',
  ',',
  '&',
  '*',
  '!',
].concat(['|', '>', '?', '%', '@', '\n', '\r\n', '{{', '}}']);

/** A small document of odd keys and scalars, at most a few levels deep. */
export function oddDocument(random: Random, indent = 0, depth = 3): string {
  const isList = random.chance(0.35);
  return Array.from({ length: 1 + random.below(3) }, () => {
    const start = `${' '.repeat(indent)}${isList ? '-' : `${random.pick(KEYS)}:`}`;
    return depth > 0 && random.chance(0.4)
      ? `${start}\n${oddDocument(random, indent + random.pick([2, 2, 2, 4, 1, 0]), depth - 1)}`
      : `${start} ${random.pick(SCALARS)}\n`;
  }).join('');
}

/** A document with up to three slips: letters lost or added, lines indented, moved or repeated, values replaced. */
export function damaged(text: string, random: Random): string {
  const slips = 1 + random.below(3);
  return Array.from({ length: slips }).reduce<string>((current) => random.pick(SLIPS)(current, random), text);
}

const SLIPS: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => {
    const at = random.below(text.length);
    return text.slice(0, at) + text.slice(at + 1);
  },
  (text, random) => {
    const at = random.below(text.length);
    return text.slice(0, at) + random.pick(PIECES) + text.slice(at);
  },
  (text, random) => onLine(text, random, (line) => random.pick([' ', '  ', '\t']) + line),
  (text, random) => onLine(text, random, (line) => line.replace(/^ {1,2}/, '')),
  (text, random) => onLine(text, random, (line, lines) => `${line}\n${random.pick(lines)}`),
  (text, random) =>
    onLine(text, random, (line) => line.replace(/: \S.*$/, () => `: ${random.pick(SCALARS)}`)),
];

function onLine(
  text: string,
  random: Random,
  change: (line: string, lines: readonly string[]) => string,
): string {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  return lines.with(at, change(lines[at] ?? '', lines)).join('\n');
}
