import { claimsOf, isDue } from './token';

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
