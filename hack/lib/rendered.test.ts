import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineMesh, defineMigration } from '../../config';
import { renderPhase } from '../../constructs';
import { plan } from '../../plan/plan';
import { readRendered, toShell } from './rendered';

const folder = mkdtempSync(join(tmpdir(), 'meshferry-rendered-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes the layers of a phase, and all phases beside them, as the program does. */
function render(name: string, current: string, revision?: string): string {
  const migration = defineMigration(
    {
      namespace: 'smm-demo',
      phase: current,
      ports: { http: 8080, tcp: 8083 },
      vm: { ports: { http: 18080 }, serviceAccount: 'runner' },
      kubernetes: { image: 'example/service:1' },
    },
    name,
  );
  const mesh = defineMesh({ istio: '1.24', network: 'blue', ...(revision ? { revision } : {}) });
  const phases = plan(migration);
  const at = join(folder, name);
  mkdirSync(join(at, 'phases'), { recursive: true });
  for (const [index, phase] of phases.entries()) {
    const layers = renderPhase(migration, mesh, phase);
    const text = (objects: readonly object[]) =>
      objects.map((object) => JSON.stringify(object)).join('\n---\n');
    const all = Object.values(layers).flat();
    writeFileSync(join(at, `phases/${String(index + 1).padStart(2, '0')}-${phase.name}.yaml`), text(all));
    if (phase.name !== current) continue;
    for (const [layer, objects] of Object.entries(layers)) {
      mkdirSync(join(at, layer));
      writeFileSync(join(at, layer, 'manifests.yaml'), text(objects));
    }
  }
  return at;
}

test('tells what the machine is', () => {
  expect(readRendered(render('orders', 'onboard'))).toEqual({
    name: 'orders',
    current: true,
    group: 'orders-v0',
    namespace: 'smm-demo',
    ports: { http: 18080, tcp: 8083 },
    network: 'blue',
    serviceAccount: 'runner',
    agentServiceAccount: 'orders-v0-agent',
    meshNamespace: 'istio-system',
    revision: '',
    gatewayService: 'istio-eastwestgateway',
    host: 'orders.smm-demo.svc.cluster.local',
  });
});

test('still knows it when the current phase has no machine any more', () => {
  const rendered = readRendered(render('gone', 'done', 'canary'));
  expect(rendered).toMatchObject({ current: false, group: 'gone-v0', revision: 'canary' });
  expect(toShell(rendered)).toContain("MACHINE_NOW=''\n");
});

test('a shell reads back what is in it, whatever that is', () => {
  const odd = `a'b $(touch no) "c"`;
  const rendered = { ...readRendered(join(folder, 'orders')), network: odd };
  const script = `${toShell(rendered)}printf '%s|%s|%s' "$NETWORK" "$PORTS" "$MACHINE_NOW"`;
  expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe(`${odd}|http=18080 tcp=8083|yes`);
});

test('says what is missing', () => {
  expect(() => readRendered(join(folder, 'nothing'))).toThrow('render it first (npm run synth)');
});
