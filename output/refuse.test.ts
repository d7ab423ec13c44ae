import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { defineMesh, defineMigration } from '../config';
import { meshInput, migrationInput } from '../test/arbitraries';
import { contents, meshferry, workspaces, write } from '../test/program';
import { filesOf } from './files';
import { isOurs } from './refuse';

const workspace = workspaces();
const FILES = {
  'migrations/mesh.yaml': 'istio: "1.18"\n',
  'migrations/analytics.yaml':
    'namespace: demo\nphase: pin\nports: {http: 8080}\nkubernetes: {image: example/a:1}\n',
};

test.each([
  ['.', 'the working directory would be replaced'],
  ['..', 'the working directory would be replaced'],
  ['migrations', 'the migrations would be replaced'],
  ['/', 'the working directory would be replaced'],
  ['a-file', 'it is a file'],
])('it does not replace %s', (to, reason) => {
  const folder = workspace({ ...FILES, 'a-file': 'mine\n' });
  const before = contents(folder);
  const { status, stderr } = meshferry(folder, ['synth', '--to', to]);
  expect(stderr).toContain(`cannot render into`);
  expect(stderr).toContain(reason);
  expect(status).toBe(2);
  expect(contents(folder)).toEqual(before);
});

test.each([
  ['.git/config'],
  ['src/app/main.ts'],
  ['notes.txt'],
  ['analytics/vm/kustomization.yaml'],
  ['analytics/vm/manifests.yaml.orig'],
  ['.hidden/vm/manifests.yaml'],
])('it does not replace a folder that holds %s', (file) => {
  const folder = workspace({ ...FILES, [`dist/${file}`]: 'mine\n' });
  const before = contents(folder);
  expect(meshferry(folder, ['synth'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining(
      `${file.startsWith('.') ? file.split('/')[0] : file} did not come from one`,
    ),
  });
  expect(contents(folder)).toEqual(before);
});

test('it replaces an empty folder, a rendering of meshes and environments, and what a link leads to', () => {
  const folder = workspace({
    ...FILES,
    'migrations/prod/mesh.yaml': 'istio: "1.18"\nexpansionGateway: {render: true}\n',
    'migrations/prod/eu/payments.yaml':
      'namespace: demo\nphase: pin\nports: {http: 8080}\nkubernetes: {image: example/a:1}\n',
  });
  mkdirSync(join(folder, 'real/dist'), { recursive: true });
  symlinkSync('real/dist', join(folder, 'dist'));
  for (let run = 0; run < 3; run++) {
    // The third finds a link that leads to nothing yet.
    if (run === 2) rmSync(join(folder, 'real/dist'), { recursive: true });
    expect(meshferry(folder, ['synth'])).toMatchObject({ status: 0, stderr: '' });
    expect(Object.keys(contents(join(folder, 'real/dist')) ?? {})).toContain('analytics/vm/manifests.yaml');
  }
  expect(contents(join(folder, 'real/dist'))).toEqual(contents(join(folder, 'dist')));
  write(join(folder, 'real/dist/README'), '');
  expect(meshferry(folder, ['synth']).status).toBe(2);
});

test('it replaces whatever it rendered', () => {
  const environment = fc.constantFrom('', 'prod', 'prod/eu');
  fc.assert(
    fc.property(migrationInput(), meshInput(), environment, (input, mesh, folder) => {
      const migration = defineMigration(input);
      const loaded = { migration, mesh: defineMesh(mesh), id: 'any', environment: folder, file: 'any.yaml' };
      expect([...filesOf([loaded]).keys()].filter((path) => !isOurs(path))).toEqual([]);
    }),
  );
});
