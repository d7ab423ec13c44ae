import { isPlausible } from './binomial';

test.each([
  [50, 100, 0.5, true],
  [34, 100, 0.5, true], // P(X <= 34) = 0.00089
  [33, 100, 0.5, false], // P(X <= 33) = 0.00044
  [66, 100, 0.5, true],
  [67, 100, 0.5, false],
  [440, 1000, 0.5, false],
  [0, 100, 0.1, false],
  [0, 1000, 0, true],
  [1, 1000, 0, false],
  [1000, 1000, 1, true],
  [999, 1000, 1, false],
])('%i of %i at %f: %s', (hits, draws, probability, plausible) => {
  expect(isPlausible(hits, draws, probability)).toBe(plausible);
});
