import { lineOfPath, readYaml } from './go-yaml';
import documents from './go-yaml.fixture.json';
import { YamlError } from './yaml-error';

/** What kubectl's own libraries make of each text; hack/oracle/yaml writes it. */
const DOCUMENTS = documents as { text: string; value?: unknown; refused?: boolean }[];

test.each(DOCUMENTS.map((one) => [one.text, one] as const))('%j is read as kubectl reads it', (text, one) => {
  if (one.refused) expect(() => readYaml(text)).toThrow(YamlError);
  else expect(readYaml(text).value ?? null).toEqual(one.value);
});

test('of two equal keys the last one counts, and is told with its place', () => {
  const { value, repeated } = readYaml('spec:\n  a: 1\n  b: 2\n  a: 3\n');
  expect(value).toEqual({ spec: { a: 3, b: 2 } });
  expect(repeated).toEqual([{ path: ['spec', 'a'], line: 4 }]);
});

test('a key that overrides a merged one is not written twice', () => {
  expect(readYaml('x: &x { a: 1 }\ny:\n  <<: *x\n  a: 2\n').repeated).toEqual([]);
});

test('aliases that expand without bound are refused', () => {
  const level = (n: number) =>
    `${'abcdefghij'[n + 1]}: &${'abcdefghij'[n + 1]} [${Array(10).fill(`*${'abcdefghij'[n]}`)}]`;
  const bomb = ['a: &a [x]', ...Array.from({ length: 9 }, (_, n) => level(n))].join('\n');
  expect(() => readYaml(bomb)).toThrow('aliases would expand');
});

test('an error names its line, below lines that kubectl takes and YAML 1.2 does not', () => {
  expect(() => readYaml('a: {\n}\nb: "x\ny"\nc: @\n')).toThrow(expect.objectContaining({ line: 5 }));
});

test('a key cannot reach into the prototype of all objects', () => {
  const { value } = readYaml('__proto__: { polluted: 1 }\n');
  expect(Object.keys(value as object)).toEqual(['__proto__']);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

describe('the line of a field', () => {
  const text = 'a: &x\n  b:\n    - c: 1\n    -\n      c: 2\nd: *x\n"e.f": {\n g: 1 }\na2: 1\n';

  test.each([
    [['a', 'b'], 2],
    [['a', 'b', 1, 'c'], 5],
    [['a', 'b', 0], 3],
    [['a', 'missing'], 1],
    [['d', 'b'], 6],
    [['e.f', 'g'], 8],
    [['nothing'], undefined],
  ])('%j', (path, line) => {
    expect(lineOfPath(text, path)).toBe(line);
  });

  test('in JSON that is indented by tabs', () => {
    expect(lineOfPath('{\n\t"a": {\n\t\t"b": [\n\t\t\t1,\n\t\t\t2\n\t\t]\n\t}\n}\n', ['a', 'b', 1])).toBe(5);
  });
});
