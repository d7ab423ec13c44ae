import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanToken, readBearerToken } from './bearer-token';

test('what a terminal adds to a token is dropped, what is none is refused', () => {
  expect(cleanToken(' abc.def.ghi\r\n')).toBe('abc.def.ghi');
  expect(() => cleanToken('\n')).toThrow('empty');
  expect(() => cleanToken('two words')).toThrow('white space');
});

test('a token file that others can read is closed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-token-'));
  const file = join(folder, 'token');
  writeFileSync(file, 'abc', { mode: 0o644 });
  expect(readBearerToken(file)).toBe('abc');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  rmSync(folder, { recursive: true });
});
