import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { defineMesh, defineMigration } from '../../config';
import { meshInput, migrationInput } from '../../test/arbitraries';
import { workspaces } from '../../test/program';
import { filesOf } from '../files';
import { contentOnDisk, contentRendered, isFolder, partsOf, SHARED, stampPart } from './parts';

const workspace = workspaces();

test('each migration is a part, and what several share is one', () => {
  const parts = partsOf([
    'a/vm/manifests.yaml',
    'prod/eu/a/phases/01-pin.yaml',
    'prod/eu/a/vm/manifests.yaml',
    'prod/mesh/sync/a.yaml',
  ]);
  expect(Object.fromEntries(parts)).toEqual({
    'a/': ['', 'vm/', 'vm/manifests.yaml'],
    'prod/eu/a/': ['', 'phases/', 'phases/01-pin.yaml', 'vm/', 'vm/manifests.yaml'],
    [SHARED]: ['prod/', 'prod/eu/', 'prod/mesh/', 'prod/mesh/sync/', 'prod/mesh/sync/a.yaml'],
  });
});

test('parts hold all of a rendering, and what is on the disk is what was rendered', () => {
  fc.assert(
    fc.property(migrationInput(), meshInput(), fc.constantFrom('', 'prod/eu'), (input, mesh, environment) => {
      const migration = defineMigration(input);
      const files = filesOf([
        { migration, mesh: defineMesh(mesh), id: 'any', environment, file: 'any.yaml' },
      ]);
      const folder = workspace(Object.fromEntries(files));
      const parts = [...partsOf(files.keys())];
      const paths = parts.flatMap(([part, names]) =>
        names.flatMap((name) => (isFolder(name) ? [] : part + name)),
      );
      expect(paths.sort()).toEqual([...files.keys()].sort());
      for (const [part, names] of parts) {
        expect(stampPart(folder, part, names).digest).not.toBe(0);
        if (part !== SHARED)
          expect(contentRendered(files, part, names)).toBe(contentOnDisk(folder, part, names));
      }
      rmSync(folder, { recursive: true });
    }),
    { numRuns: 30 },
  );
});

test('whatever is touched, written, added or gone, wherever it is, shows in the stamps', () => {
  const folder = workspace();
  const names = ['', 'ü/', ...Array.from({ length: 40 }, (_, index) => `ü/${index}`)];
  mkdirSync(join(folder, 'part/ü'), { recursive: true });
  for (const name of names.slice(2)) writeFileSync(join(folder, 'part', name), '');
  const look = () => stampPart(folder, 'part/', names).digest;
  let before = look();
  const differs = () => {
    const now = look();
    expect(now).not.toBe(before);
    before = now;
  };
  expect(look()).toBe(before);
  for (const name of names.slice(2)) {
    const file = join(folder, 'part', name);
    utimesSync(file, 1, 1);
    differs();
    writeFileSync(file, 'x');
    differs();
    expect(readFileSync(file, 'utf8')).toBe('x');
  }
  writeFileSync(join(folder, 'part/ü/another'), '');
  differs();
  mkdirSync(join(folder, 'part/another'));
  differs();
  rmSync(join(folder, 'part/ü/39'));
  expect(look()).toBe(0);
});
