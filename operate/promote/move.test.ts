import fc from 'fast-check';
import { defineMesh, defineMigration, type Migration, type MigrationInput } from '../../config';
import { renderPhase } from '../../constructs';
import { plan } from '../../plan/plan';
import { migrationInput } from '../../test/arbitraries';
import { verifyOrder } from '../../verify';
import { chooseMove, type MoveRequest } from './move';
import { Refusal } from './refusal';

const at = (phase: string, more: Partial<MigrationInput> = {}): Migration =>
  defineMigration(
    { namespace: 'demo', ports: { http: 80 }, kubernetes: { image: 'a:1' }, ...more, phase },
    'shop',
  );
const go = (migration: Migration, request: MoveRequest) => chooseMove(migration, 'shop', request).to.name;
const EXISTING = { kubernetes: { existing: true } };

test('next and back go to the neighbour, and count phases from 1', () => {
  expect(chooseMove(at('pin'), 'shop', { kind: 'next' })).toMatchObject({
    from: { name: 'pin' },
    to: { name: 'deploy' },
    number: 3,
    of: 12,
    forward: true,
  });
  expect(chooseMove(at('pin'), 'shop', { kind: 'back' })).toMatchObject({
    to: { name: 'onboard' },
    number: 1,
    forward: false,
  });
});

test.each([
  ['shift-25', {}, 'deploy'],
  ['drain', {}, 'deploy'],
  ['split', { mode: 'long-term', ends: 'split' }, 'deploy'],
  ['shift-100', EXISTING, undefined],
  ['shift-90', EXISTING, 'onboard'],
] as const)('abort from %s gives everything back to the side that served first', (phase, more, to) => {
  if (to) expect(go(at(phase, more), { kind: 'abort' })).toBe(to);
  else expect(() => go(at(phase, more), { kind: 'abort' })).toThrow('gets everything already');
});

test('goto takes a neighbour, or weights further back', () => {
  expect(go(at('shift-25'), { kind: 'goto', phase: 'shift-50' })).toBe('shift-50');
  expect(go(at('shift-75'), { kind: 'goto', phase: 'shift-10' })).toBe('shift-10');
  expect(go(at('drain'), { kind: 'goto', phase: 'deploy' })).toBe('deploy');
});

const refusals: [string, Migration, MoveRequest, number, string][] = [
  ['past the end', at('done'), { kind: 'next' }, 10, 'shop is at done, the last phase of its plan'],
  ['before the start', at('onboard'), { kind: 'back' }, 10, 'the first phase'],
  [
    'skipping phases',
    at('deploy'),
    { kind: 'goto', phase: 'shift-50' },
    10,
    'from deploy to shift-50 would skip shift-10, shift-25 of shop\n  way out: one phase at a time: meshferry next shop',
  ],
  ['an unknown phase', at('pin'), { kind: 'goto', phase: 'shift-15' }, 10, 'has no phase shift-15'],
  ['where it is', at('pin'), { kind: 'goto', phase: 'pin' }, 10, 'at pin already'],
  ['objects in one go', at('shift-10'), { kind: 'goto', phase: 'pin' }, 10, 'changes more'],
  ['all from done', at('done'), { kind: 'goto', phase: 'shift-50' }, 10, 'changes more'],
  ['abort before anything moved', at('deploy'), { kind: 'abort' }, 10, 'the VM gets everything already'],
  ['abort without a VM', at('release'), { kind: 'abort' }, 14, 'go back to drain by `meshferry back shop`'],
];
test.each(refusals)('refuses %s', (_, migration, request, code, message) => {
  let refusal: unknown;
  try {
    chooseMove(migration, 'shop', request);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(Refusal);
  expect((refusal as Refusal).exitCode).toBe(code);
  expect((refusal as Refusal).message).toContain(message);
});

/** Pods that serve already are in no manifest. */
function existing({ kubernetes, namespace }: Migration) {
  return kubernetes?.existing ? [{ label: 'pods', namespace, labels: kubernetes.labels }] : [];
}

test('whatever move is allowed, order does not matter on its way', () => {
  const mesh = defineMesh({ istio: '1.24' });
  fc.assert(
    fc.property(migrationInput(), (input) => {
      const migration = defineMigration(input);
      const objects = (phase: Parameters<typeof renderPhase>[2]) => {
        const layers = renderPhase(migration, mesh, phase);
        return [...layers.vm, ...layers.workload, ...layers.routing].map((manifest) => ({ manifest }));
      };
      const requests: MoveRequest[] = [
        { kind: 'abort' },
        ...plan(migration).map(({ name }) => ({ kind: 'goto', phase: name }) as const),
      ];
      for (const request of requests) {
        try {
          const { from, to } = chooseMove(migration, 'x', request);
          const [a, b] = [from, to].map((phase) => ({ name: phase.name, objects: objects(phase) }));
          if (a && b) expect(verifyOrder(a, b, { existing: existing(migration) })).toEqual([]);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
      }
    }),
    { numRuns: 60 },
  );
});
