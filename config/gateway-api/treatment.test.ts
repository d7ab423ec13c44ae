import { gatewayDuration } from './treatment';

test.each([
  ['500ms', '500ms'],
  ['1.5s', '1s500ms'],
  ['90s', '1m30s'],
  ['1h', '1h'],
])('a duration of %s is %s in the words of the Gateway API', (istio, gateway) => {
  expect(gatewayDuration(istio)).toBe(gateway);
});
