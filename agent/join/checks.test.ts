import { checkClock } from './checks';

test('a clock that is off by an hour is reported, with its direction', () => {
  const machine = new Date('2026-01-01T01:00:00Z');
  expect(() => checkClock({ server: new Date('2026-01-01T00:00:00Z'), machine })).toThrow('3600 s ahead of');
  expect(() => checkClock({ server: new Date('2026-01-01T02:00:00Z'), machine })).toThrow('3600 s behind');
  expect(checkClock({ server: machine, machine })).toBe('clock within 1 s');
});
