import { stripVTControlCharacters } from 'node:util';
import type { MigrationState } from '../gate/state';
import { statusTable } from './status-table';

const NOW = new Date('2026-03-01T12:00:00Z');

function state(more: Partial<MigrationState> = {}): MigrationState {
  return {
    id: 'prod/shop',
    phase: 'shift-25',
    number: 5,
    of: 12,
    synced: 'shift-25',
    declared: { vm: 75, kubernetes: 25 },
    measured: { vm: 74.8, kubernetes: 25.2 },
    vm: '1 of 1 WorkloadEntries serve',
    pods: '2 of 2 available',
    verdict: { id: 'prod/shop', phase: 'shift-25', outcome: 'go', checks: [] },
    since: '2026-02-28T10:00:00Z',
    attention: [],
    ...more,
  };
}

test('a line for each, what needs a person first with its reason, what is through counted', () => {
  const verdict = (outcome: 'halt' | 'wait') => ({ id: '', phase: '', outcome, checks: [] });
  const states = [
    state(),
    state({
      id: 'prod/cart',
      synced: 'shift-10',
      verdict: verdict('wait'),
      measured: undefined,
      since: '2026-03-01T11:59:15Z',
    }),
    state({
      id: 'prod/sick',
      verdict: verdict('halt'),
      attention: ['success of pods 80 % < 99 % (5 min, n=1204)'],
    }),
    state({ id: 'prod/old', phase: 'done', number: 12 }),
    state({ id: 'blind', synced: undefined, vm: 'unseen', pods: 'unseen', since: undefined }),
  ];
  expect(
    stripVTControlCharacters(statusTable(states, NOW)),
  ).toBe(`   migration  phase           synced    git VM/pods  measured   VM                            pods              gate  for
✖  prod/sick  shift-25  5/12  yes       75/25        74.8/25.2  1 of 1 WorkloadEntries serve  2 of 2 available  HALT  1d2h
    success of pods 80 % < 99 % (5 min, n=1204)
✔  prod/shop  shift-25  5/12  yes       75/25        74.8/25.2  1 of 1 WorkloadEntries serve  2 of 2 available  GO    1d2h
·  prod/cart  shift-25  5/12  shift-10  75/25        -          1 of 1 WorkloadEntries serve  2 of 2 available  WAIT  45s
✔  blind      shift-25  5/12  ?         75/25        74.8/25.2  unseen                        unseen            GO    ?
5 migrations, 1 needs a person; 1 is through (--all shows more)`);
});

test('hundreds stay a line each, and a long reason stays out of the columns', () => {
  const states = Array.from({ length: 300 }, (_, index) => state({ id: `m${index}`, vm: 'x'.repeat(200) }));
  const lines = statusTable(states, NOW).split('\n');
  expect(lines).toHaveLength(302);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(160);
});

test('the share that pods got over time is a line of bars below', () => {
  const shares = new Map([['prod/shop', [0, 10, 25]]]);
  const [, line = '', bars] = stripVTControlCharacters(statusTable([state()], NOW, { shares })).split('\n');
  expect(line).toContain('prod/shop');
  expect(bars).toBe('    pods ▁▁▃ last hour');
});
