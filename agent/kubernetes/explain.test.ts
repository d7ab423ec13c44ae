import { ApiError } from './api-error';
import { explainRefusal } from './explain';

function token(claims: object): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
}
const sub = 'system:serviceaccount:smm-demo:analytics-v0-agent';

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
])('a refused token that is %s is explained', (_, refused, status, namespace, message) => {
  expect(explainRefusal(new ApiError(status, 'no'), 'X', refused, namespace)).toMatchObject({
    message: expect.stringContaining(message),
  });
});
