import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineMesh, defineMigration, type MeshInput, type MigrationInput } from '../../config';
import { renderPhase } from '../../constructs';
import { plan } from '../../plan/plan';
import { positionOf } from '../../plan/position';
import { dashboardOf } from './dashboard';

const migration = (more: Partial<MigrationInput> = {}) =>
  defineMigration({
    name: 'shop',
    namespace: 'demo',
    phase: 'shift-25',
    ports: { http: 8080, tcp: 8083 },
    kubernetes: { image: 'a:1' },
    ...more,
  });
const mesh = (observability: MeshInput['observability']) => defineMesh({ istio: '1.24', observability });

/** Title and queries of each panel. */
function panels(more: Partial<MigrationInput> = {}) {
  const { panels: all = [] } = dashboardOf(migration(more), mesh({}));
  return all.map((panel) => {
    const { title = '', targets = [] } = panel as {
      title?: string;
      targets?: readonly { readonly expr?: string }[];
    };
    return { title, queries: targets.map(({ expr = '' }) => expr) };
  });
}

test('it has both sides beside each other, the declared share beside the measured, and the machines', () => {
  expect(panels().map(({ title }) => title)).toEqual([
    'Share of the pods',
    'Requests',
    'Success',
    'Latency, p99',
    'Callers',
    'Mutual TLS',
    'TCP connections to the VM',
    'Machines that get traffic',
    'First certificate ends in',
    'First token ends in',
  ]);
});

test("with Envoy's metrics, and for a service of TCP alone, what nobody can tell is left out", () => {
  const titles = (more: Partial<MigrationInput>) => panels(more).map(({ title }) => title);
  expect(titles({ gate: { metrics: 'envoy' } })).not.toContain('Callers');
  expect(titles({ ports: { tcp: 8083 } })).not.toContain('Success');
});

needing('promtool').test('Prometheus can parse every query', () => {
  const queries = [
    ...panels(),
    ...panels({ gate: { metrics: 'envoy' } }),
    ...panels({ ports: { tcp: 8083 } }),
  ].flatMap((panel) => panel.queries);
  const rules = queries.map((expr, index) => ({ record: `q${index}`, expr }));
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-panels-'));
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
  execFileSync('promtool', ['check', 'rules', '--lint=none', file], { stdio: 'pipe' });
  rmSync(folder, { recursive: true });
  expect(queries.length).toBeGreaterThan(30);
});

test('the dashboard is the same in every phase, so that no pull request changes it', () => {
  const dashboards = plan(migration()).map(({ name }) => {
    const at = migration({ phase: name });
    const { workload } = renderPhase(at, mesh({}), positionOf(at).phase);
    return JSON.stringify(workload.find(({ kind }) => kind === 'ConfigMap'));
  });
  expect(new Set(dashboards).size).toBe(1);
});

test("it comes as Grafana's sidecar or its operator takes it, with the labels that are declared", () => {
  const objects = (observability: MeshInput['observability']) =>
    renderPhase(migration(), mesh(observability), positionOf(migration()).phase).workload;
  expect(objects({}).find(({ kind }) => kind === 'ConfigMap')?.metadata.labels).toMatchObject({
    grafana_dashboard: '1',
  });
  expect(
    objects({ dashboard: 'GrafanaDashboard' }).find(({ kind }) => kind === 'GrafanaDashboard')?.spec,
  ).toMatchObject({
    instanceSelector: { matchLabels: { dashboards: 'grafana' } },
  });
  expect(
    objects({ ruleLabels: { release: 'prometheus' } }).find(({ kind }) => kind === 'PrometheusRule')?.metadata
      .labels,
  ).toMatchObject({ release: 'prometheus' });
  expect(objects(undefined).some(({ kind }) => kind === 'PrometheusRule')).toBe(false);
});
