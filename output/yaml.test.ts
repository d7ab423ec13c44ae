import fc from 'fast-check';
import { parse } from 'yaml';
import { toYaml } from './yaml';

const tricky = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
  fc.stringMatching(/^[ \n:#'"|>*&!%@`,[\]{}?~a-z0-9_.+-]{0,12}$/),
  fc.constantFrom(
    'yes',
    'No',
    'on',
    'y',
    'N',
    'null',
    '~',
    'true',
    '1e3',
    'e0',
    'E+1',
    '0x1f',
    '0o7',
    '012',
    '1_000',
    '.inf',
    '.NaN',
  ),
  fc.constantFrom(
    '2024-01-01',
    '12:30:45',
    '-',
    '- a',
    'a: b',
    'a #b',
    ' a',
    'a ',
    '',
    '=',
    '<<',
    'a\n',
    'a\n\n',
    '\na',
    'a\n b\n',
    '1.5',
  ),
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    tricky,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      tricky.filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value;

test.each(['1.1', '1.2'] as const)('what is written reads back as it was, by YAML %s', (version) => {
  fc.assert(
    fc.property(
      fc.dictionary(
        tricky.filter((key) => key !== '__proto__'),
        json,
        { minKeys: 1 },
      ),
      (value) => {
        expect(parse(toYaml(value), { version, merge: false })).toEqual({ ...value });
      },
    ),
    { numRuns: 2000 },
  );
});

test('it reads like what kubectl prints', () => {
  const manifest = {
    kind: 'Service',
    metadata: {
      name: 'analytics',
      labels: {},
      annotations: { on: 'yes', port: '8080', script: 'echo a\n\necho b\n' },
    },
    spec: {
      ports: [{ name: 'http', port: 8080, tags: [] }],
      image: 'registry.example/a:1.0',
      command: ['sh', '-c'],
    },
  };
  expect(toYaml(manifest)).toBe(`kind: Service
metadata:
  name: analytics
  labels: {}
  annotations:
    "on": "yes"
    port: "8080"
    script: |
      echo a

      echo b
spec:
  ports:
  - name: http
    port: 8080
    tags: []
  image: registry.example/a:1.0
  command:
  - sh
  - "-c"
`);
});
