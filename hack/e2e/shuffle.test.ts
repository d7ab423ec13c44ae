import { seeded, shuffle } from './shuffle';

test('an order is a permutation, and a seed gives it again', () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8];
  const order = shuffle(items, seeded(7));
  expect([...order].sort()).toEqual(items);
  expect(order).toEqual(shuffle(items, seeded(7)));
  expect(order).not.toEqual(shuffle(items, seeded(8)));
});
