import { diffText } from './diff-text';
import type { SemanticDiff } from './semantic-diff';

const object = (label: string) => ({ label, key: label, folder: 'prod/shop/vm', kind: 'X', manifest: {} });
const DIFF: SemanticDiff = {
  changes: [
    {
      object: object('VirtualService demo/shop'),
      is: 'changed',
      fields: [
        { path: 'spec.http[0].route[v0].weight', before: 90, after: 75 },
        { path: 'spec.hosts', after: ['shop'] },
        { path: 'spec.gateways', before: 'mesh' },
      ],
    },
    { object: object('WorkloadGroup demo/shop-v0\u001b[2J'), is: 'removed', fields: [] },
  ],
  dangers: [{ flag: 'prune', message: 'WorkloadGroup demo/shop-v0\u001b[2J is deleted from the cluster' }],
  radius: { migrations: ['prod/shop'], namespaces: ['demo'], added: 0, changed: 1, removed: 1 },
};

test('a diff for a terminal has no Markdown, and no control character of others', () => {
  expect(diffText(DIFF)).toBe(`1 changed, 1 deleted in prod/shop; namespace demo

⚠ deletes: WorkloadGroup demo/shop-v0\\u{1b}[2J is deleted from the cluster

~ VirtualService demo/shop
    spec.http[0].route[v0].weight: 90 → 75
    spec.hosts: ["shop"] (new)
    spec.gateways: mesh goes
- WorkloadGroup demo/shop-v0\\u{1b}[2J`);
});

test('nothing that changes is said in a sentence', () => {
  expect(diffText({ ...DIFF, changes: [] })).toBe('Nothing that a controller applies.');
});
