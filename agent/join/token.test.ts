import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiError, explainRefusal } from '../kubernetes/client';
import { backoff } from '../kubernetes/watch';
import { checkClock } from './checks';
import { claimsOf, cleanToken, isDue, readBearerToken } from './token';

function token(claims: object): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}
const sub = 'system:serviceaccount:smm-demo:analytics-v0-agent';

test('a token says whose it is and when it ends', () => {
  expect(claimsOf(token({ sub, exp: 2_000_000_000, iat: 1_999_996_400 }))).toEqual({
    namespace: 'smm-demo',
    serviceAccount: 'analytics-v0-agent',
    expires: new Date(2_000_000_000_000),
    issued: new Date(1_999_996_400_000),
  });
  expect(claimsOf('nonsense')).toBeUndefined();
});

test('a token is renewed at half its life', () => {
  const hour = token({ sub, iat: 1_000_000, exp: 1_003_600 });
  expect(isDue(hour, new Date(1_001_799_000))).toBe(false);
  expect(isDue(hour, new Date(1_001_801_000))).toBe(true);
});

test('a token of a month is renewed every day, so that the machine may be off for all but a day of it', () => {
  const month = token({ sub, iat: 1_000_000, exp: 1_000_000 + 30 * 86_400 });
  expect(isDue(month, new Date(1_086_399_000))).toBe(false);
  expect(isDue(month, new Date(1_086_400_000))).toBe(true);
  expect(isDue(token({ sub }), new Date(1_086_400_000))).toBe(false);
});

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

test.each([
  ['expired', token({ sub, exp: 1_000_000 }), 401, 'smm-demo', 'expired at 1970-01-12'],
  [
    'of a deleted account',
    token({ sub, exp: 4_000_000_000 }),
    401,
    'smm-demo',
    'its service account is gone',
  ],
  ['no token at all', 'nonsense', 401, 'smm-demo', 'it is not a token of Kubernetes'],
  ['of another namespace', token({ sub }), 403, 'default', 'the token is of namespace smm-demo'],
  ['without the right', token({ sub }), 403, 'smm-demo', 'smm-demo/analytics-v0-agent may not read X'],
])('a refused token that is %s is told so', (_, refused, status, namespace, message) => {
  expect(explainRefusal(new ApiError(status, 'no'), 'X', refused, namespace)).toMatchObject({
    message: expect.stringContaining(message),
  });
});

test('a clock that is off by an hour is told, with its direction', () => {
  const machine = new Date('2026-01-01T01:00:00Z');
  expect(() => checkClock({ server: new Date('2026-01-01T00:00:00Z'), machine })).toThrow('3600 s ahead of');
  expect(() => checkClock({ server: new Date('2026-01-01T02:00:00Z'), machine })).toThrow('3600 s behind');
  expect(checkClock({ server: machine, machine })).toBe('clock within 1 s');
});

test('tries come ever later, and not all machines at once', () => {
  expect([0, 1, 2, 9].map((failures) => backoff(failures, 1))).toEqual([500, 1000, 2000, 30_000]);
  expect(backoff(0, 0)).toBe(250);
});
