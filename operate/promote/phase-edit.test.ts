import fc from 'fast-check';
import { PhaseEditError, phaseIn, setPhase } from './phase-edit';

test.each([
  ['plain', 'namespace: a\nphase: onboard\nports: {http: 80}\n'],
  ['with comments', '# who\nphase: onboard   # since spring\n# why\nnamespace: a\n'],
  ['in double quotes', 'phase: "onboard"\nnamespace: a'],
  ['in single quotes', "namespace: a\nphase: 'onboard' # x\n"],
  ['with Windows line ends', 'namespace: a\r\nphase: onboard\r\nports:\r\n  http: 80\r\n'],
  ['in flow style', '{namespace: a, phase: onboard, ports: {http: 80}}\n'],
  ['on a line of its own', 'phase:\n  onboard\nnamespace: a\n'],
  ['with an anchor', 'phase: &p onboard\nnamespace: a\n'],
  ['after a document start and a byte order mark', '\ufeff---\nphase: onboard\n'],
  ['with the same word elsewhere', 'app: onboard\nphase: onboard\nservice: {name: onboard}\n'],
  ['with a key of that name further down', 'vm:\n  labels:\n    phase: onboard\nphase: onboard\n'],
])('changes one word: %s', (_, text) => {
  const changed = setPhase(text, 'shift-25');
  expect(phaseIn(changed)).toBe('shift-25');
  expect(setPhase(changed, 'onboard')).toBe(text);
  expect(changed).toHaveLength(text.length + 'shift-25'.length - 'onboard'.length);
});

test.each([
  ['missing', 'namespace: a\n'],
  ['an alias', 'app: &x onboard\nphase: *x\n'],
  ['a number', 'phase: 1\n'],
  ['a block', 'phase: >-\n  onboard\n'],
  ['escaped', 'phase: "on\\x62oard"\n'],
])('refuses a phase that is %s', (_, text) => {
  expect(() => setPhase(text, 'pin')).toThrow(PhaseEditError);
});

test('keeps every other byte, whatever stands around it', () => {
  const line = fc.constantFrom(
    '',
    '# a comment',
    'a: 1',
    'b: [1,   2]',
    "c: 'it''s'",
    'd: |\n  phase: x\n  y',
  );
  const lines = fc.uniqueArray(line);
  fc.assert(
    fc.property(lines, fc.constantFrom('\n', '\r\n'), (before, end) => {
      const head = before.flatMap((text) => text.split('\n')).join(end) + end;
      const tail = `${end}# end`;
      expect(setPhase(`${head}phase: onboard${tail}`, 'pin')).toBe(`${head}phase: pin${tail}`);
    }),
  );
});
