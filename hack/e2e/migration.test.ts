import { changes, type Rendered } from './migration';

function object(kind: string, spec: unknown): Rendered {
  return { apiVersion: 'v1', kind, metadata: { name: 'analytics', namespace: 'demo' }, spec };
}

test('what a phase changes: new and different objects are applied, then missing ones removed', () => {
  const from = [object('WorkloadGroup', 1), object('Service', 1), object('DestinationRule', 1)];
  const to = [object('ConfigMap', 1), object('Service', 1), object('DestinationRule', 2)];
  expect(changes(from, to)).toEqual([
    { object: object('ConfigMap', 1), remove: false },
    { object: object('DestinationRule', 2), remove: false },
    { object: object('WorkloadGroup', 1), remove: true },
  ]);
  expect(changes(to, to)).toEqual([]);
});
