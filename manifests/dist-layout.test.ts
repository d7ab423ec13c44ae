import fc from 'fast-check';
import {
  type DistFile,
  environmentOf,
  fileAt,
  LAYERS,
  layerFolder,
  MESH_PARTS,
  meshFolder,
  migrationAt,
  pathOf,
} from './dist-layout';

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
const environment = fc.array(label, { maxLength: 3 }).map((levels) => levels.join('/'));
const migration = label.filter((name) => name !== 'mesh');
const anyFile: fc.Arbitrary<DistFile> = fc.oneof(
  fc.record({ is: fc.constant('layer'), environment, migration, layer: fc.constantFrom(...LAYERS) }),
  fc.record({
    is: fc.constant('preview'),
    environment,
    migration,
    number: fc.integer({ min: 1, max: 120 }),
    phase: label,
  }),
  fc.record({ is: fc.constant('mesh'), environment, part: fc.constantFrom(...MESH_PARTS) }),
  fc.record({ is: fc.constant('sync'), environment, of: label }),
);

test('a path stands for the file that it is the path of', () => {
  fc.assert(fc.property(anyFile, (file) => expect(fileAt(pathOf(file))).toEqual(file)));
});

test.each([
  ['analytics/vm/manifests.yaml', { is: 'layer', environment: '', migration: 'analytics', layer: 'vm' }],
  [
    'prod/eu/analytics/phases/04-shift-10.yaml',
    { is: 'preview', environment: 'prod/eu', migration: 'analytics', number: 4, phase: 'shift-10' },
  ],
  ['prod/mesh/bootstrap/manifests.yaml', { is: 'mesh', environment: 'prod', part: 'bootstrap' }],
  ['mesh/sync/analytics.yaml', { is: 'sync', environment: '', of: 'analytics' }],
])('%s', (path, file) => {
  expect(fileAt(path)).toEqual(file);
});

test.each([
  'vm/manifests.yaml',
  'analytics/vm/manifests.yml',
  'analytics/vm/kustomization.yaml',
  'analytics/phases/1-pin.yaml',
  'mesh/mine/manifests.yaml',
  'README.md',
])('%s is no place of a rendering', (path) => {
  expect(fileAt(path)).toBeUndefined();
});

test('what is synced knows its environment, and a file its migration', () => {
  for (const environment of ['', 'prod', 'prod/eu']) {
    expect(environmentOf(layerFolder({ environment, migration: 'a' }, 'routing'))).toBe(environment);
    expect(environmentOf(meshFolder(environment, 'sync'))).toBe(environment);
  }
  expect(migrationAt('prod/a/vm/manifests.yaml')).toBe('prod/a');
  expect(migrationAt('prod/mesh/gateway/manifests.yaml')).toBeUndefined();
});
