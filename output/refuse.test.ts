import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { defineMesh, defineMigration } from '../config';
import { meshInput, migrationInput } from '../test/arbitraries';
import { contents, meshferry, workspaces, write } from '../test/program';
import { filesOf } from './files';
import { migrationsIn } from './refuse';

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
  // In places where a rendering has files, but with nothing beside or in them that a rendering would have.
  ['mine/vm/manifests.yaml'],
  ['analytics/phases/01-mine.yaml'],
  ['mesh/gateway/manifests.yaml'],
  ['mesh/sync/mine.yaml'],
  ['mesh/mine/manifests.yaml'],
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

test('a file of the user among rendered ones is not replaced', () => {
  const folder = workspace(FILES);
  expect(meshferry(folder, ['synth']).status).toBe(0);
  for (const file of ['mine/workload/manifests.yaml', 'analytics/phases/99-mine.yaml']) {
    write(join(folder, 'dist', file), 'mine\n');
    const before = contents(folder);
    expect(meshferry(folder, ['synth'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`${file} did not come from one`),
    });
    expect(contents(folder)).toEqual(before);
    rmSync(join(folder, 'dist', file));
  }
  expect(meshferry(folder, ['synth']).status).toBe(0);
});

describe('a link out of the repository', () => {
  const cases: [what: string, link: string, to: string][] = [
    ['is not rendered into', 'dist', 'dist'],
    ['is not rendered through', 'out', 'out/dist'],
  ];
  test.each(cases)('%s', (_, link, to) => {
    const [folder, elsewhere] = [workspace(FILES), workspace()];
    for (const leadsTo of [elsewhere, join(elsewhere, 'not-there-yet')]) {
      rmSync(join(folder, link), { force: true });
      symlinkSync(leadsTo, join(folder, link));
      expect(meshferry(folder, ['synth', '--to', to])).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/it is behind a link that leaves the repository, to \S+; put a folder/),
      });
      expect(contents(elsewhere)).toBeUndefined();
    }
  });
});

test('what a killed run left is not believed where it is a link', () => {
  const [folder, elsewhere] = [workspace(FILES), workspace({ 'old/mine': 'mine\n' })];
  symlinkSync(elsewhere, join(folder, '.dist.meshferry-999999-swap-abc'));
  mkdirSync(join(folder, '.dist.meshferry-999999-swap-def'));
  symlinkSync(join(elsewhere, 'old'), join(folder, '.dist.meshferry-999999-swap-def/old'));
  expect(meshferry(folder, ['synth'])).toMatchObject({ status: 0, stderr: '' });
  expect(contents(elsewhere)).toEqual({ 'old/mine': 'mine\n' });
  expect(Object.keys(contents(join(folder, 'dist')) ?? {})).toContain('analytics/vm/manifests.yaml');
});

test('a folder below /proc ends with a message, not never', () => {
  const folder = workspace(FILES);
  expect(meshferry(folder, ['synth', '--to', '/proc/meshferry/dist'])).toMatchObject({
    status: 2,
    stderr: '✖ cannot render into /proc/meshferry/dist: no folder can be made there\n',
  });
  expect(meshferry(folder, ['synth'], { HOME: '/proc', XDG_CACHE_HOME: undefined }).status).toBe(0);
});

test('it replaces whatever it rendered', () => {
  const environment = fc.constantFrom('', 'prod', 'prod/eu');
  fc.assert(
    fc.property(migrationInput(), meshInput(), environment, (input, mesh, folder) => {
      const migration = defineMigration(input);
      const loaded = { migration, mesh: defineMesh(mesh), id: 'any', environment: folder, file: 'any.yaml' };
      const rendered = workspace(Object.fromEntries(filesOf([loaded])));
      expect(migrationsIn(rendered)).toEqual([join(folder, migration.name)]);
      // Previews that somebody deleted are no reason to refuse what is left of it.
      rmSync(join(rendered, folder, migration.name, 'phases'), { recursive: true });
      expect(migrationsIn(rendered)).toEqual([join(folder, migration.name)]);
      rmSync(rendered, { recursive: true });
    }),
  );
});
