import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { parse } from 'yaml';
import { defineMesh, defineMigration } from '../config';
import { plan } from '../plan/plan';
import { MigrationPhase } from './migration-phase';
import { type Manifest, renderPhase } from './render';

/** What a user's own app renders, by chart. */
function run(example: string): { app: App; files: string[] } {
  const outdir = mkdtempSync(join(tmpdir(), 'own-app-'));
  const before = process.env.CDK8S_OUTDIR;
  process.env.CDK8S_OUTDIR = outdir;
  try {
    const { app } = require(`./examples/${example}`) as { app: App };
    return { app, files: readdirSync(outdir) };
  } finally {
    if (before === undefined) delete process.env.CDK8S_OUTDIR;
    else process.env.CDK8S_OUTDIR = before;
    rmSync(outdir, { recursive: true });
  }
}

test.each(['migration', 'pieces'])('the documentation shows the %s example as it is run here', (example) => {
  const source = readFileSync(join(__dirname, 'examples', `${example}.ts`), 'utf8');
  const page = readFileSync(join(__dirname, '..', 'docs', 'reference', 'constructs.md'), 'utf8');
  expect(page).toContain(`\`\`\`ts\n${source}\`\`\`\n`);
});

test('a migration written in TypeScript gives the manifests of the same migration in YAML', () => {
  const { app, files } = run('migration');
  // cdk8s adds a hash to the name of a chart that is inside another construct.
  expect(files.map((file) => file.replace(/-c[0-9a-f]{7}\.k8s\.yaml$/, '')).sort()).toStrictEqual([
    'analytics-routing',
    'analytics-vm',
    'analytics-workload',
  ]);

  const declared = defineMigration(
    parse(`
      namespace: smm-demo
      phase: shift-25
      ports:
        http: 8080
        grpc: 8082
        tcp: 8083
      kubernetes:
        image: registry.example.com/analytics:1.4.2
    `),
    'analytics',
  );
  const mesh = defineMesh(parse('istio: "1.15"'));
  const phase = plan(declared).find((candidate) => candidate.name === declared.phase);
  if (!phase) throw new Error('the plan has no such phase');
  const { vm, workload, routing } = renderPhase(declared, mesh, phase);

  const charts = app.node.findAll().filter(Chart.isChart);
  const [ownVm, ownWorkload, ownRouting] = charts.map((chart) => chart.toJson() as Manifest[]);
  expect(ownVm).toStrictEqual(vm);
  expect(ownRouting).toStrictEqual(routing);
  // The one thing that the example changes.
  const [service, deployment] = ownWorkload ?? [];
  expect(service).toStrictEqual(workload[0]);
  const { annotations, ...metadata } = deployment?.metadata ?? { name: '' };
  expect(annotations).toStrictEqual({ 'example.com/owner': 'data-platform' });
  expect({ ...deployment, metadata }).toStrictEqual(workload[1]);
});

test('constructs work one by one, in a chart of your own', () => {
  const { app, files } = run('pieces');
  expect(files).toStrictEqual(['orders.k8s.yaml']);
  const objects = app.node
    .findAll()
    .filter(Chart.isChart)
    .flatMap((chart) => chart.toJson() as Manifest[]);
  expect(objects.map((object) => `${object.metadata.namespace}/${object.kind}`)).toStrictEqual([
    'shop/WorkloadGroup',
    'shop/PeerAuthentication',
    'shop/ServiceAccount',
    'shop/Role',
    'shop/RoleBinding',
    'istio-system/Role',
    'istio-system/RoleBinding',
    'shop/VirtualService',
  ]);
});

test('a phase that the migration does not have is refused, with those that it has', () => {
  const migration = defineMigration(
    { namespace: 'smm-demo', phase: 'onboard', mode: 'long-term', ends: 'onboard', ports: { http: 80 } },
    'analytics',
  );
  const mesh = defineMesh({ istio: '1.15' });
  expect(() => new MigrationPhase(new App(), 'analytics', { migration, mesh, phase: 'drain' })).toThrow(
    'phase must be one of onboard, got "drain" at analytics',
  );
});
