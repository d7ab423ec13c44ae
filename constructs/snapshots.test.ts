import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { defineMesh } from '../config';
import type { Mesh, MigrationInput } from '../config/schema/schema';
import { plan } from '../plan/plan';
import { isUpdating } from '../test/match-file';
import { ANALYTICS, GATEWAY_MESH, GATEWAY_RICH, MESH, migration, RICH, RICH_MESH } from './fixture';
import { type Manifest, renderMesh, renderPhase } from './render';

/** One file a phase, written for reviewers: `__snapshots__/<case>/<NN>-<phase>.yaml`. */
const ROOT = join(__dirname, '..', '__snapshots__');

/** YAML 1.1 quotes what a Kubernetes client would read as a boolean. */
const yaml = (objects: readonly Manifest[]) =>
  objects.map((object) => `---\n${stringify(object, { version: '1.1', lineWidth: 0 })}`).join('');

function filesOf(input: MigrationInput, onto: Mesh): Map<string, string> {
  const resolved = migration(input);
  return new Map(
    plan(resolved).map((phase, index) => {
      const { vm, workload, routing } = renderPhase(resolved, onto, phase);
      const layers = Object.entries({ vm, workload, routing }).map(
        ([layer, objects]) => `# ${layer} layer\n${yaml(objects)}`,
      );
      const name = `${String(index + 1).padStart(2, '0')}-${phase.name}.yaml`;
      return [name, `# ${phase.name}: ${phase.summary}\n${layers.join('')}`];
    }),
  );
}

const longTerm = { ...ANALYTICS, mode: 'long-term' } as const;

const CASES: Record<string, Map<string, string>> = {
  analytics: filesOf(ANALYTICS, MESH),
  'long-term-split': filesOf({ ...longTerm, ends: 'split' }, MESH),
  'long-term-standby': filesOf({ ...longTerm, ends: 'standby' }, defineMesh({ istio: '1.24' })),
  'beside-existing-pods': filesOf({ ...ANALYTICS, kubernetes: { existing: true } }, MESH),
  'every-option': filesOf(RICH, RICH_MESH),
  'gateway-api': filesOf(ANALYTICS, GATEWAY_MESH),
  'gateway-api-standby': filesOf({ ...longTerm, ends: 'standby' }, GATEWAY_MESH),
  'gateway-api-every-option': filesOf(GATEWAY_RICH, { ...RICH_MESH, routing: 'gateway-api' }),
  'sticky-sessions': filesOf(
    { ...ANALYTICS, shift: { steps: [10, 100], sticky: { cookie: 'side', maxAge: '1h', header: 'x-side' } } },
    MESH,
  ),
  'expansion-gateway': new Map([['gateway.yaml', yaml(renderMesh(RICH_MESH))]]),
};

describe.each(Object.entries(CASES))('%s', (name, files) => {
  const folder = join(ROOT, name);

  test.each([...files])('%s', (file, text) => {
    expect(text).toMatchFile(join(folder, file));
  });

  test('no file of a phase that is gone', () => {
    const gone = existsSync(folder) ? readdirSync(folder).filter((file) => !files.has(file)) : [];
    if (isUpdating()) for (const file of gone) rmSync(join(folder, file));
    else expect(gone).toEqual([]);
  });
});
