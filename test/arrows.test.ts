import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

/** What the rules of this repository say of a tree in which one file imports another, for each pair. */
function violations(arrows: readonly (readonly [from: string, to: string])[]): string[] {
  const tree = mkdtempSync(join(tmpdir(), 'arrows-'));
  try {
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(tree, file)), { recursive: true });
      writeFileSync(join(tree, file), text);
    };
    for (const [from, to] of arrows) {
      write(to, 'export const value = 1;\n');
      const specifier = relative(dirname(from), to).replace(/\.ts$/, '');
      write(from, `export { value } from '${specifier.startsWith('.') ? specifier : `./${specifier}`}';\n`);
    }
    const options = ['--config', join(ROOT, '.dependency-cruiser.js'), '--output-type', 'json'];
    const { stdout } = spawnSync(process.execPath, [CRUISER, ...options, '.'], {
      cwd: tree,
      encoding: 'utf8',
    });
    const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
    return summary.violations.map(({ from, to, rule }) => `${from} → ${to}: ${rule.name}`).sort();
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

test('each import that would turn the flow of data round is refused, by a rule that says so', () => {
  const refused = [
    ['plan/a.ts', 'config/checks/b.ts', 'plan-imports'],
    ['config/c.ts', 'constructs/d.ts', 'config-imports'],
    ['manifests/e.ts', 'config/f.ts', 'manifests-imports'],
    ['operate/gate/g.ts', 'operate/report/h.ts', 'operate-gate-imports'],
    ['operate/promote/i.ts', 'operate/report/j.ts', 'operate-promote-imports'],
    ['verify/k.ts', 'hack/schema/l.ts', 'verify-imports'],
    ['verify/m.ts', 'constructs/n.ts', 'verify-imports'],
    ['constructs/o.ts', 'agent/join/p.ts', 'constructs-imports'],
    ['constructs/q.ts', 'output/r.ts', 'constructs-imports'],
    ['output/s.ts', 'operate/promote/t.ts', 'output-imports'],
    ['agent/machine/u.ts', 'agent/kubernetes/v.ts', 'agent-machine-imports'],
    ['agent/kubernetes/w.ts', 'agent/machine/x.ts', 'agent-kubernetes-imports'],
    ['agent/join/y.ts', 'agent/stay/z.ts', 'agent-join-imports'],
    ['agent/main.test.ts', 'test/workspace.ts', 'agent-imports'],
    ['operate/report/aa.ts', 'cli/bb.ts', 'operate-imports'],
    ['cli/cc.ts', 'cli/dd.test.ts', 'no-test-ships'],
    ['index.ts', 'operate/promote/ee.ts', 'library-and-app'],
  ] as const;
  const found = violations(refused.map(([from, to]) => [from, to]));
  for (const [from, to, rule] of refused) expect(found).toContain(`${from} → ${to}: ${rule}`);
});

test('imports along the flow pass', () => {
  expect(
    violations([
      ['config/a.ts', 'plan/b.ts'],
      ['constructs/c.ts', 'config/d.ts'],
      ['output/e.ts', 'constructs/f.ts'],
      ['verify/g.ts', 'manifests/h.ts'],
      ['operate/report/i.ts', 'operate/gate/j.ts'],
      ['cli/k.ts', 'operate/promote/l.ts'],
      ['agent/commands/m.ts', 'agent/join/n.ts'],
      ['verify/o.test.ts', 'constructs/p.ts'],
      ['hack/q.ts', 'cli/r.ts'],
    ]),
  ).toEqual([]);
});
