import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { defineMesh, defineMigration, type MigrationInput } from '../../config';
import { filesOf } from '../../output';
import { plan } from '../../plan/plan';
import type { Evidence } from '../promote/evidence';
import type { Danger } from './dangers';
import { COMMENT_MARKER, diffComment } from './diff-markdown';
import { MOST_BYTES } from './markdown';
import { pullRequestText } from './pull-request';
import { type Rendering, readRendering } from './rendering';
import { type SemanticDiff, semanticDiff } from './semantic-diff';

const folder = mkdtempSync(join(tmpdir(), 'meshferry-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is rendered for a migration at a phase, with a change to its files. */
function rendering(
  phase: string,
  more: Partial<MigrationInput> = {},
  change: (files: Map<string, string>) => void = () => {},
): Rendering {
  const migration = defineMigration(
    { name: 'shop', namespace: 'demo', ports: { http: 80 }, kubernetes: { image: 'a:1' }, ...more, phase },
    'shop',
  );
  const mesh = defineMesh({ istio: '1.24' });
  const files = new Map(
    filesOf([{ migration, mesh, id: 'prod/shop', environment: 'prod', file: 'migrations/prod/shop.yaml' }]),
  );
  change(files);
  const dist = mkdtempSync(join(folder, 'dist-'));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    writeFileSync(join(dist, path), text);
  }
  return readRendering(dist);
}

const replace = (path: string, from: string | RegExp, to: string) => (files: Map<string, string>) => {
  const text = files.get(path) ?? '';
  const changed = text.replaceAll(from instanceof RegExp ? from : new RegExp(from, 'g'), to);
  if (changed === text) throw new Error(`${path} does not hold ${from}`);
  files.set(path, changed);
};
const flags = (diff: SemanticDiff, flag: Danger['flag']) =>
  diff.dangers.filter((danger) => danger.flag === flag).map(({ message }) => message);

test('a shift is told as weights by subset, and as nothing else', () => {
  const diff = semanticDiff(rendering('shift-10'), rendering('shift-25'));
  expect(diff.dangers).toEqual([]);
  expect(diff.radius).toEqual({
    migrations: ['prod/shop'],
    namespaces: ['demo'],
    added: 0,
    changed: 1,
    removed: 0,
  });
  expect(diff.changes[0]?.fields).toEqual([
    { path: 'spec.http[0].route[v0].weight', before: 90, after: 75 },
    { path: 'spec.http[0].route[v1].weight', before: 10, after: 25 },
  ]);
});

test('order of keys, comments and previews of phases are no change', () => {
  const reordered = (files: Map<string, string>) => {
    const path = 'prod/shop/routing/manifests.yaml';
    files.set(path, `# a comment\n---\n${(files.get(path) ?? '').split('---\n').reverse().join('---\n')}`);
    files.set('prod/shop/phases/01-onboard.yaml', 'kind: X\napiVersion: v1\n');
  };
  expect(semanticDiff(rendering('drain'), rendering('drain', {}, reordered)).changes).toEqual([]);
});

describe('dangers', () => {
  test('what is deleted, and what a deleted PeerAuthentication leaves to others', () => {
    const diff = semanticDiff(rendering('drain'), rendering('retire'));
    expect(flags(diff, 'prune')).toContain('WorkloadGroup demo/shop-v0 is deleted from the cluster');
    expect(flags(diff, 'mtls')).toEqual([
      "PeerAuthentication demo/shop goes: the namespace's or the mesh's mTLS mode counts from then on",
    ]);
    expect(flags(diff, 'orphan')).toEqual([]); // the emptied layer keeps its folder
  });

  test('a migration that is gone altogether, before all else', () => {
    const diff = semanticDiff(
      rendering('deploy'),
      rendering('deploy', {}, (files) => files.clear()),
    );
    expect(diff.dangers[0]).toEqual({
      flag: 'gone',
      message:
        'the migration prod/shop is no longer rendered, with 11 objects: a controller that syncs a folder above deletes them',
    });
    const [first] = diffComment(diff)
      .split('\n')
      .filter((line) => line.startsWith('- ⚠'));
    expect(first).toContain('**migration gone**: ');
    expect(flags(semanticDiff(rendering('deploy'), rendering('done')), 'gone')).toEqual([]);
  });

  test('a layer whose folder is gone', () => {
    const gone = (files: Map<string, string>) => void files.delete('prod/shop/vm/manifests.yaml');
    expect(flags(semanticDiff(rendering('pin'), rendering('pin', {}, gone)), 'orphan')[0]).toMatch(
      /^the folder prod\/shop\/vm is gone: what syncs it fails, and WorkloadGroup demo\/shop-v0, .* stay in the cluster/,
    );
  });

  test('selectors, and fields that cannot change in place', () => {
    const diff = semanticDiff(
      rendering('deploy'),
      rendering('deploy', { app: 'store', service: { name: 'shop' } }),
    );
    expect(flags(diff, 'selector')).toContain(
      'Service demo/shop: spec.selector.app decides which workloads it is about',
    );
    const deployment = 'prod/shop/workload/manifests.yaml';
    const changed = rendering(
      'deploy',
      {},
      replace(deployment, 'matchLabels:\n      app: shop', 'matchLabels:\n      app: other'),
    );
    expect(flags(semanticDiff(rendering('deploy'), changed), 'immutable')).toEqual([
      'Deployment demo/shop-v1: spec.selector.matchLabels.app cannot change in place; the sync fails until the object is deleted',
    ]);
  });

  test('mTLS', () => {
    const diff = semanticDiff(rendering('pin'), rendering('pin', { vm: { mtls: 'STRICT' } }));
    expect(flags(diff, 'mtls')).toEqual([
      'PeerAuthentication demo/shop: spec.mtls.mode decides whether callers in plain text get an answer',
    ]);
  });

  test('a route without endpoints, and only a new one', () => {
    const broken = rendering(
      'shift-25',
      {},
      replace('prod/shop/routing/manifests.yaml', 'subset: v1', 'subset: v2'),
    );
    expect(flags(semanticDiff(rendering('shift-10'), broken), 'route')[0]).toMatch(
      /^VirtualService demo\/shop: .*v2.* \(MF2\d\d\)$/,
    );
    expect(flags(semanticDiff(broken, broken), 'route')).toEqual([]);
  });
});

const NOW = new Date('2026-03-02T12:00:00Z');
const SINCE = { time: new Date('2026-03-01T10:00:00Z'), by: 'forge' } as const;

function evidence(more: Partial<Evidence> = {}): Evidence {
  const phases = plan({ ends: 'done', steps: [10, 25, 50, 75, 100] });
  const phase = (name: string) => phases.find((one) => one.name === name) as Evidence['from'];
  return {
    id: 'prod/shop',
    kind: 'next',
    from: phase('shift-10'),
    to: phase('shift-25'),
    next: phase('shift-50'),
    number: 5,
    of: 12,
    forward: true,
    since: SINCE,
    verdict: {
      id: 'prod/shop',
      phase: 'shift-10',
      outcome: 'go',
      checks: [
        {
          name: 'success of pods',
          outcome: 'go',
          value: '99.97 %',
          bound: '≥ 99 %',
          basis: '5 min, n=1204',
          text: '',
        },
      ],
    },
    ...more,
  };
}

const SHIFT = semanticDiff(rendering('shift-10'), rendering('shift-25'));
const text = (more: Partial<Evidence> = {}, diff = SHIFT) => pullRequestText(evidence(more), diff, NOW);

test('the body of a pull request is evidence', () => {
  expect(text().title).toBe('Move prod/shop to shift-25 (5/12)');
  expect(
    text().body,
  ).toBe(`**\`prod/shop\`**: \`shift-10\` → \`shift-25\`, phase 5 of 12. Kubernetes gets 25 %.

\`\`\`text
          VM              pods  weights
shift-10  ██████████████████░░  VM 90, pods 10
shift-25  ███████████████░░░░░  VM 75, pods 25
\`\`\`

### Gate of \`shift-10\`: GO

\`shift-10\` has been current for 26 h, by the forge.

|  | check | found | bound | over |
| --- | --- | --- | --- | --- |
| GO | success of pods | \`99.97 %\` | ≥ 99 % | 5 min, n=1204 |

### What merging this changes

**1 changed** in 1 migration (\`prod/shop\`), 1 namespace (\`demo\`).

- \`~\` \`VirtualService demo/shop\`
  - \`spec.http[0].route[v0].weight\` \`90\` → \`75\`
  - \`spec.http[0].route[v1].weight\` \`10\` → \`25\`

**Next:** \`shift-50\`. Kubernetes gets 50 %. \`meshferry next prod/shop\`

**Undo:** revert the merge, or \`meshferry back prod/shop\`, which proposes \`shift-10\` again.
`);
});

test('an abort says that it is one, what happens, and how it goes on', () => {
  const { to, from } = evidence();
  const { title, body } = text({
    kind: 'abort',
    forward: false,
    from: to,
    to: { ...from, share: { vm: 100, kubernetes: 0 } },
    number: 4,
  });
  expect(title).toBe('Abort prod/shop: back to shift-10 (4/12)');
  expect(body).toMatch(
    /^> \[!CAUTION\]\n> This is an \*\*abort\*\*: once merged and synced, the VM gets every request again\./,
  );
  expect(body).toMatch(/\*\*Again:\*\* `meshferry next prod\/shop`, once the reason is mended\.\n$/);
});

describe('size', () => {
  const many = (fields: number, length: number): SemanticDiff => {
    const diff = semanticDiff(rendering('shift-10'), rendering('shift-25'));
    const [change] = diff.changes;
    if (!change) throw new Error('nothing changed');
    const list = Array.from({ length: fields }, (_, index) => ({
      path: `spec.x[${index}]`,
      after: 'ü'.repeat(length),
    }));
    return { ...diff, changes: [{ ...change, fields: list }] };
  };

  test.each([
    ['fields fit', many(300, 10), 'spec.x[299]'],
    ['objects alone fit', many(3000, 100), 'VirtualService demo/shop'],
    [
      'not even those fit',
      { ...many(1, 1), changes: Array(5000).fill(many(1, 1).changes[0]) },
      '**1 changed**',
    ],
  ])('%s', (_, diff, held) => {
    for (const written of [text({}, diff).body, diffComment(diff)]) {
      expect(Buffer.byteLength(written)).toBeLessThanOrEqual(MOST_BYTES);
      expect(written).toContain(held);
    }
    expect(diffComment(diff).startsWith(`${COMMENT_MARKER}\n`)).toBe(true);
  });

  test('a gate of any size is cut before a forge refuses it', () => {
    const checks = Array.from(
      { length: 9999 },
      () => ({ name: 'x'.repeat(50), outcome: 'go', value: '', bound: '', text: '' }) as const,
    );
    const { body } = text({ verdict: { id: 'a', phase: 'b', outcome: 'go', checks } });
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MOST_BYTES);
    expect(body).toContain('… cut');
  });
});

test('a link in a rendering is refused: what it leads to would be shown', () => {
  const dist = mkdtempSync(join(folder, 'dist-'));
  writeFileSync(join(folder, 'secret.yaml'), 'apiVersion: v1\nkind: Config\nusers: [secret]\n');
  mkdirSync(join(dist, 'shop/vm'), { recursive: true });
  symlinkSync(join(folder, 'secret.yaml'), join(dist, 'shop/vm/manifests.yaml'));
  expect(() => readRendering(dist)).toThrow('✖ shop/vm/manifests.yaml in the rendering is a link');
});
