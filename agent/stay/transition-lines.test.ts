import type { WorkloadEntry, WorkloadGroup } from '../kubernetes/objects';
import { initialState, type KeeperEvent, nextState } from './keeper-state';
import { transitionLines } from './transition-lines';

const group: WorkloadGroup = { metadata: { name: 'a' }, spec: {} };
const probed: WorkloadEntry = {
  metadata: { name: 'a-1', annotations: { 'proxy.istio.io/health-checks-enabled': 'true' } },
  spec: {},
};
const withHealth = (status: string): WorkloadEntry => ({
  ...probed,
  status: { conditions: [{ type: 'Healthy', status }] },
});

/** Lines for the journal about the last of some events. */
function linesOf(...events: readonly KeeperEvent[]): string[] {
  let before = initialState(0);
  let after = before;
  for (const event of events) {
    before = after;
    after = nextState(before, event, 0);
  }
  return transitionLines(before, after, 'smm-demo/a');
}

test('that the API server answers is written once', () => {
  expect(linesOf({ type: 'answered' })).toEqual(['the API server answers']);
  expect(linesOf({ type: 'answered' }, { type: 'answered' })).toEqual([]);
  expect(
    linesOf({ type: 'answered' }, { type: 'watch-failed', refused: false }, { type: 'answered' }),
  ).toEqual(['the API server answers']);
});

test('health is written when traffic starts and ends, and not in between', () => {
  const healthy: KeeperEvent = { type: 'entry', entry: withHealth('True') };
  expect(linesOf({ type: 'entry', entry: probed })).toEqual([]);
  expect(linesOf(healthy)).toEqual(['the machine is healthy in smm-demo/a']);
  expect(linesOf(healthy, healthy)).toEqual([]);
  expect(linesOf(healthy, { type: 'entry', entry: withHealth('False') })).toEqual([
    'the machine is unhealthy in smm-demo/a',
  ]);
  expect(linesOf(healthy, { type: 'entry', entry: undefined })).toEqual([
    'the machine is absent in smm-demo/a',
  ]);
});

test('a group that is back is written, its first arrival is not', () => {
  const gone: KeeperEvent = { type: 'group', group: undefined };
  expect(linesOf({ type: 'group', group })).toEqual([]);
  expect(linesOf({ type: 'group', group }, gone, { type: 'group', group })).toEqual(['smm-demo/a is back']);
  const retire: KeeperEvent = { type: 'began', action: { do: 'retire', because: 'group-gone' } };
  expect(linesOf(gone, retire, { type: 'group', group })).toEqual(['smm-demo/a is back']);
});

test('a machine that retires says so itself, and not that it is unhealthy', () => {
  const retire: KeeperEvent = { type: 'began', action: { do: 'retire', because: 'group-gone' } };
  expect(linesOf({ type: 'entry', entry: withHealth('True') }, retire)).toEqual([]);
});
