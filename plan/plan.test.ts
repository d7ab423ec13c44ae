import fc from 'fast-check';
import { defineMigration } from '../config';
import { migrationInput } from '../test/arbitraries';
import { type Plannable, plan } from './plan';

const names = (migration: Plannable) => plan(migration).map(({ name }) => name);
const OURS = { existing: false };
const THEIRS = { existing: true };

describe('the phases of each mode', () => {
  test.each<[string, Plannable, string]>([
    [
      'a temporary migration',
      { ends: 'done', steps: [10, 25, 50, 75, 100], kubernetes: OURS },
      'onboard pin deploy shift-10 shift-25 shift-50 shift-75 shift-100 drain retire release done',
    ],
    ['the VM alone', { ends: 'onboard', steps: [] }, 'onboard'],
    [
      'a split',
      { ends: 'split', steps: [10, 25, 50], kubernetes: OURS },
      'onboard pin deploy shift-10 shift-25 split',
    ],
    ['standby', { ends: 'standby', steps: [], kubernetes: OURS }, 'onboard pin deploy arm standby'],
    [
      'a temporary migration where pods serve already',
      { ends: 'done', steps: [90, 100], kubernetes: THEIRS },
      'prepare guard onboard shift-90 shift-100 drain retire release done',
    ],
    [
      'a split where pods serve already',
      { ends: 'split', steps: [90, 75, 50], kubernetes: THEIRS },
      'prepare guard onboard shift-90 shift-75 split',
    ],
    [
      'standby where pods serve already',
      { ends: 'standby', steps: [90, 50, 0], kubernetes: THEIRS },
      'prepare guard onboard shift-90 shift-50 shift-0 arm standby',
    ],
  ])('%s', (_, migration, expected) => {
    expect(names(migration).join(' ')).toBe(expected);
  });
});

test('each phase of a temporary migration holds what the design says', () => {
  const rows = plan({ ends: 'done', steps: [50, 100], kubernetes: OURS }).map((phase) => {
    const weights = phase.weights ? `${phase.weights.vm ?? '-'}/${phase.weights.kubernetes ?? '-'}` : 'none';
    return `${phase.name}: vm ${phase.vm}, pods ${phase.pods}, subsets ${phase.subsets.join('+') || 'none'}, weights ${weights}`;
  });
  expect(rows).toEqual([
    'onboard: vm true, pods false, subsets vm+kubernetes, weights none',
    'pin: vm true, pods false, subsets vm+kubernetes, weights 100/-',
    'deploy: vm true, pods true, subsets vm+kubernetes, weights 100/-',
    'shift-50: vm true, pods true, subsets vm+kubernetes, weights 50/50',
    'shift-100: vm true, pods true, subsets vm+kubernetes, weights 0/100',
    'drain: vm true, pods true, subsets vm+kubernetes, weights -/100',
    'retire: vm false, pods true, subsets kubernetes, weights -/100',
    'release: vm false, pods true, subsets kubernetes, weights none',
    'done: vm false, pods true, subsets none, weights none',
  ]);
});

test('without pods the DestinationRule has the subset of the VM only', () => {
  expect(plan({ ends: 'onboard', steps: [] })[0]?.subsets).toEqual(['vm']);
});

test('standby prefers the VM a phase before the VirtualService goes', () => {
  const last = plan({ ends: 'standby', steps: [], kubernetes: OURS }).slice(-2);
  expect(last.map(({ failover, weights }) => ({ failover, weights }))).toEqual([
    { failover: true, weights: { vm: 100 } },
    { failover: true, weights: undefined },
  ]);
});

describe('any plan', () => {
  const anyPlan = migrationInput().map((input) => {
    const migration = defineMigration(input);
    return { migration, phases: plan(migration) };
  });

  test('names each phase once', () => {
    fc.assert(
      fc.property(anyPlan, ({ phases }) => {
        expect(new Set(phases.map(({ name }) => name)).size).toBe(phases.length);
      }),
    );
  });

  test('has weights and shares that sum to 100', () => {
    fc.assert(
      fc.property(anyPlan, ({ phases }) => {
        for (const { weights, share } of phases) {
          if (weights) expect((weights.vm ?? 0) + (weights.kubernetes ?? 0)).toBe(100);
          expect(share.vm + share.kubernetes).toBe(100);
        }
      }),
    );
  });

  test('has neighbours that differ in more than their names', () => {
    const held = ({ name: _name, summary: _summary, ...rest }: ReturnType<typeof plan>[number]) =>
      JSON.stringify(rest);
    fc.assert(
      fc.property(anyPlan, ({ phases }) => {
        phases.slice(1).forEach((phase, index) => {
          expect(held(phase)).not.toBe(held(phases[index] as typeof phase));
        });
      }),
    );
  });

  test('moves the share of Kubernetes one way, from the VM or from the pods', () => {
    fc.assert(
      fc.property(anyPlan, ({ migration, phases }) => {
        const shares = phases.map(({ share }) => share.kubernetes);
        const first =
          migration.ends === 'done' && migration.kubernetes?.existing ? shares.indexOf(100) + 3 : 0;
        const moved = shares.slice(first);
        const falls = migration.kubernetes?.existing && migration.ends !== 'done';
        expect(moved).toEqual(moved.toSorted((a, b) => (falls ? b - a : a - b)));
      }),
    );
  });

  test('gives weight only to subsets that are declared and sides that are there', () => {
    fc.assert(
      fc.property(anyPlan, ({ phases }) => {
        for (const { weights, subsets, vm, pods } of phases) {
          for (const side of ['vm', 'kubernetes'] as const) {
            if (!weights?.[side]) continue;
            expect(subsets).toContain(side);
            expect(side === 'vm' ? vm : pods).toBe(true);
          }
        }
      }),
    );
  });
});
