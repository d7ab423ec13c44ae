import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { meshferry, workspaces } from '../../test/program';

const workspace = workspaces();
const MIGRATION = `namespace: smm-demo
phase: shift-25
ports:
  http: 8080
kubernetes:
  image: registry.example.com/analytics:1.4.2
`;

function repository(): string {
  const folder = workspace({
    'migrations/mesh.yaml': 'istio: "1.24"\n',
    'migrations/analytics.yaml': MIGRATION,
  });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: folder });
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', 'https://git.example.com/platform/moves.git');
  git('add', '--all');
  git('commit', '--quiet', '-m', 'Start');
  return folder;
}

test('a page is written from what git alone knows, and says what could not be asked', () => {
  const folder = repository();
  const { status, stdout } = meshferry(folder, ['report', '--no-cluster']);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '✔ meshferry.html\n' });
  const page = readFileSync(join(folder, 'meshferry.html'), 'utf8');
  expect(page).toContain('<h1>moves</h1>');
  expect(page).toContain('The cluster could not be asked: not looked at (--no-cluster).');
  expect(page).toContain('No Prometheus is declared for any migration');
  expect(page).toMatch(/href="https:\/\/git\.example\.com\/platform\/moves\/commit\/[0-9a-f]{40}"/);
  expect(page).toContain('aria-current="step">shift-25</li>');
});

test('a page goes to the standard output, and one migration to a page of its own', () => {
  const folder = repository();
  const { status, stdout } = meshferry(folder, ['report', 'analytics', '--no-cluster', '-o', '-']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^<!doctype html>\n/);
  expect(existsSync(join(folder, 'meshferry.html'))).toBe(false);
});

test('a Prometheus that does not answer is a reason to look, and the rest is shown', () => {
  const folder = repository();
  const { status, stdout } = meshferry(folder, [
    ...['report', '--no-cluster', '-o', '-'],
    ...['--prometheus', 'http://127.0.0.1:9'],
  ]);
  expect(status).toBe(0);
  expect(stdout).toContain('<strong class="halt">1 needs a person</strong>');
  expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:9\/api\/v1\/query does not answer/);
});

test('the topology is shown as text, and as what other programs draw', () => {
  const folder = repository();
  const topology = (...args: string[]) =>
    meshferry(folder, ['topology', 'analytics', '--no-cluster', ...args]);
  expect(topology().stdout).toBe(
    [
      '○ callers',
      '  │',
      '● analytics  (smm-demo)',
      '  ├─ ▣ analytics-v0  75 %  (unseen)',
      '  └─ ⬢ analytics-v1  25 %  (unseen)',
      '',
    ].join('\n'),
  );
  expect(topology('--format', 'mermaid').stdout).toContain('-->|"75 %"|');
  expect(topology('--format', 'dot').stdout).toContain('"service" -> "vm" [label="75 %"];');
  expect(topology('--format', 'svg').stdout).toMatch(
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" class="topology"/,
  );
  expect(JSON.parse(topology('--json').stdout).edges).toHaveLength(3);
  expect(topology('--format', 'png').status).toBe(2);
});
