import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathsUnder } from '../paths';
import { agentUnit } from './agent-unit';

const FILE = 'meshferry-agent.service';
const UNIT = agentUnit('/usr/local/bin/meshferry-agent', pathsUnder());
/** systemd rates from 0, closed, to 10; up to here it says OK. */
const MOST = 4;

const withSystemd = spawnSync('systemd-analyze', ['--version']).status === 0 ? test : test.skip;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshferry-unit-'));
  writeFileSync(join(folder, FILE), UNIT);
});
afterEach(() => rmSync(folder, { recursive: true }));

function rate(...options: string[]): string {
  const security = ['security', '--offline=true', '--no-pager', ...options];
  return execFileSync('systemd-analyze', [...security, join(folder, FILE)], { encoding: 'utf8' });
}

withSystemd(`systemd rates the exposure of the agent at ${MOST} at most`, () => {
  const exposure = Number(/Overall exposure level for \S+: (\d+\.\d)/.exec(rate())?.[1]);
  expect(exposure).toBeLessThanOrEqual(MOST);
});

withSystemd('what stays open has its reason in the docs, and nothing else has', () => {
  const assessed = JSON.parse(rate('--json=short')) as {
    name: string;
    set: boolean;
    exposure: string | null;
  }[];
  const open = assessed.filter(({ set, exposure }) => !set && exposure !== null).map(({ name }) => name);
  const docs = readFileSync(join(__dirname, '../../docs/explanation/security.md'), 'utf8');
  const explained = [...docs.matchAll(/^\| `([A-Z]\w+=\S*)` \|/gm)].map(([, name]) =>
    name?.replaceAll('\\|', '|'),
  );
  expect(explained.sort()).toEqual(open.sort());
});

withSystemd('systemd knows every line of the unit', () => {
  const { stderr } = spawnSync('systemd-analyze', ['verify', join(folder, FILE)], { encoding: 'utf8' });
  expect(stderr).not.toMatch(/Unknown|Failed to parse|Invalid|ignoring/i);
});

test('the unit may write where the agent writes, and nowhere else', () => {
  const places = /^ReadWritePaths=(.*)$/m
    .exec(UNIT)?.[1]
    ?.split(' ')
    .map((path) => path.replace(/^-/, ''));
  const { etc, hosts, istio } = pathsUnder();
  for (const file of [etc, hosts, istio.mesh, istio.clusterEnv, istio.rootCert, istio.logs]) {
    expect(places?.filter((place) => file === place || file.startsWith(`${place}/`))).toHaveLength(1);
  }
  expect(places).not.toContain('/etc');
  expect(places).not.toContain('/run');
});
