import { holdsRoots } from './root-cert';

const pem = (content: string) => `-----BEGIN CERTIFICATE-----\n${content}\n-----END CERTIFICATE-----\n`;
const [one, other] = [pem('MIIa\nbc'), pem('MIId\nef')];

test.each([
  ['the same roots in another order, with other white space', `${other}\n\n${one}`, one + other, true],
  ['a root that has come', one, one + other, false],
  ['a root that has gone: it is no longer trusted', one + other, other, false],
  ['no file yet', '', one, false],
  ['another root', one, other, false],
])('%s', (_, file, wanted, held) => {
  expect(holdsRoots(file, wanted)).toBe(held);
});
