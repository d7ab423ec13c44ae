import { positionOf } from './position';

const plannable = { ends: 'done', steps: [50, 100] } as const;

test('a migration stands at its phase, before the next', () => {
  expect(positionOf({ ...plannable, phase: 'shift-50' })).toMatchObject({
    index: 3,
    phase: { name: 'shift-50' },
    next: { name: 'shift-100' },
  });
});

test('nothing comes after the last phase', () => {
  expect(positionOf({ ...plannable, phase: 'done' })).not.toHaveProperty('next');
});

test('a phase that the plan lacks is a fault of the program', () => {
  expect(() => positionOf({ ...plannable, phase: 'shift-51' })).toThrow('the plan has no phase shift-51');
});
