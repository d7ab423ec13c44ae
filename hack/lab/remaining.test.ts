import type { Part } from './parts/part';
import { Remaining } from './remaining';

const part = (name: string, seconds: number | undefined, heavy = false): Part => ({
  name,
  seconds,
  heavy,
  inputs: async () => [],
  build: async () => {},
});

test('heavy parts follow each other, the rest goes on beside them, and the machine may be slow', () => {
  let time = 0;
  const [one, two, beside] = [part('one', 60, true), part('two', 120, true), part('beside', 90)];
  const remaining = new Remaining([one, two, beside], () => time);
  expect(`${remaining}`).toBe('0 of 3 parts built, about 3 min left');
  remaining.begin(one);
  remaining.begin(beside);
  time = 60_000;
  expect(`${remaining}`).toBe('0 of 3 parts built, about 2 min left');
  remaining.end(beside);
  time = 180_000; // three times as long as declared
  remaining.end(one);
  expect(`${remaining}`).toBe('2 of 3 parts built, about 6 min left');
  remaining.begin(two);
  time += 1_000_000;
  expect(`${remaining}`).toBe('2 of 3 parts built, about 0 min left');
});

test('where nothing heavy is left, the longest of the rest counts', () => {
  const remaining = new Remaining([part('one', 50), part('two', 100), part('three', undefined)], () => 0);
  expect(`${remaining}`).toBe('0 of 3 parts built, about 2 min left');
});
