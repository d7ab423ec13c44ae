import { sparkline } from './sparkline';

test('bars stand for 0 to 100 %', () => {
  expect(sparkline([0, 10, 25, 50, 75, 99, 100])).toBe('▁▁▃▅▇██');
  expect(sparkline([-1, 101])).toBe('▁█');
  expect(sparkline([])).toBe('');
});

test('of many values some are shown, and the last one always', () => {
  const values = Array.from({ length: 100 }, (_, index) => (index === 99 ? 100 : 0));
  expect([...sparkline(values, 40)]).toHaveLength(34);
  expect(sparkline(values, 40).endsWith('▁█')).toBe(true);
});
