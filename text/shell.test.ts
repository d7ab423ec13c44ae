import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { shellQuoted, shellWord } from './shell';

/** What shells read something into, and what people type. */
const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'aZ09 -_.,:/@%+=\'"$`\\!#&<>(){}[]*?;|~^\n\r\té'), maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom('$(reboot)', '`id`', "'; id; '", '-rf', '~', '', "'", '\n', 'CA\nid\n', '=', 'a=b', '*'),
);

test.each(['bash', 'sh'])('whatever the text, %s hands it on as one word', (shell) => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 20, maxLength: 60 }), (texts) => {
      for (const word of [shellQuoted, shellWord]) {
        const script = `printf '%s\\0' ${texts.map(word).join(' ')}`;
        const words = execFileSync(shell, ['-c', script], {
          encoding: 'utf8',
          env: {},
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        expect(words.split('\0').slice(0, -1)).toEqual(texts);
      }
    }),
    { numRuns: 50 },
  );
});

test('a plain word stays as a person would write it', () => {
  expect(shellWord('https://get.example.com:8443/get')).toBe('https://get.example.com:8443/get');
  expect(shellWord('')).toBe("''");
});

test('a NUL is refused, since a shell would drop it', () => {
  expect(() => shellQuoted('a\0b')).toThrow(RangeError);
});
