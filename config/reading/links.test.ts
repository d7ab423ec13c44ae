import { mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { inFolder, VALID } from '../../test/workspace';
import { ConfigError } from '../error';
import { leavesRepository, realPath, repositoryOf, writeDeclaration } from './links';
import { loadMigrations } from './load';

/** What `loadMigrations('repository/migrations')` tells; the environments it found where nothing is wrong. */
function loaded(): string[] {
  try {
    return loadMigrations('repository/migrations').map(({ environment }) => environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

/** A git repository beside a file and a folder that are none of its business. */
function inRepository(run: () => void): void {
  const files = {
    'repository/.git/HEAD': '',
    'repository/migrations/mesh.yaml': 'istio: "1.18"\n',
    'repository/migrations/staging/a.yaml': VALID,
    'outside/a.yaml': VALID,
    'outside/mesh.yaml': 'secret: "of another"\n',
  };
  inFolder(files, run);
}

describe('a link among the migrations', () => {
  const cases: [what: string, link: string, to: string, expected: string[]][] = [
    ['to a file of the repository is followed', 'prod/a.yaml', '../staging/a.yaml', ['prod', 'staging']],
    [
      'to a file elsewhere is refused',
      'prod/a.yaml',
      '../../../outside/a.yaml',
      [
        '✖ is a link that leaves the repository, to ../../../outside/a.yaml: put the file itself in its place → at repository/migrations/prod/a.yaml',
      ],
    ],
    [
      'to the mesh of another is refused, and nothing of that is told',
      'staging/mesh.yaml',
      '../../../outside/mesh.yaml',
      [
        '✖ is a link that leaves the repository, to ../../../outside/mesh.yaml: put the file itself in its place → at repository/migrations/staging/mesh.yaml',
      ],
    ],
    [
      'to a folder elsewhere is refused',
      'prod/eu',
      '../../../outside',
      [
        '✖ is a link to a folder, and is not followed: put a folder in its place; the files in it may be links → at repository/migrations/prod/eu',
      ],
    ],
    [
      'to a folder of the repository is refused, not left out',
      'prod/eu',
      '../staging',
      [
        '✖ is a link to a folder, and is not followed: put a folder in its place; the files in it may be links → at repository/migrations/prod/eu',
      ],
    ],
    [
      'to a folder that is not there is refused, not left out',
      'prod/eu',
      '../nowhere',
      ['✖ is a link that leads nowhere (ENOENT): remove it → at repository/migrations/prod/eu'],
    ],
    [
      'to itself is refused',
      'prod/eu',
      'eu',
      ['✖ is a link that leads nowhere (ELOOP): remove it → at repository/migrations/prod/eu'],
    ],
    ['to a file that declares nothing is left out', 'prod/README', '../mesh.yaml', ['staging']],
  ];
  test.each(cases)('%s', (_, link, to, expected) => {
    inRepository(() => {
      mkdirSync('repository/migrations/prod');
      symlinkSync(to, `repository/migrations/${link}`);
      expect(loaded()).toEqual(expected);
    });
  });

  test('that is their folder is followed within the repository', () => {
    inRepository(() => {
      renameSync('repository/migrations', 'repository/elsewhere');
      symlinkSync('elsewhere', 'repository/migrations');
      expect(loaded()).toEqual(['staging']);
    });
  });

  test.each(['../outside', '../outside/not-there'])('that is their folder, to %s, is refused', (to) => {
    inRepository(() => {
      renameSync('repository/migrations', 'repository/elsewhere');
      symlinkSync(to, 'repository/migrations');
      expect(loaded()).toEqual([
        '✖ is behind a link that leaves the repository: put the folder itself in its place → at repository/migrations',
      ]);
    });
  });
});

test('without git, the working directory is what links may not leave', () => {
  inFolder({ 'migrations/mesh.yaml': '', 'a/b': '' }, (folder) => {
    expect(repositoryOf('a/b')).toBe(folder);
    expect(repositoryOf('/etc/hosts')).toBeUndefined();
    symlinkSync('/etc', 'a/etc');
    symlinkSync('../migrations', 'a/inside');
    expect(realPath('a/etc/not-there/at-all')).toBe('/etc/not-there/at-all');
    expect(leavesRepository('a/etc/not-there/at-all')).toBe(true);
    expect(leavesRepository('a/inside/new.yaml')).toBe(false);
  });
});

describe('a declaration is written', () => {
  test('in place', () => {
    inRepository(() => {
      writeDeclaration('repository/migrations/staging/a.yaml', 'new');
      expect(readFileSync('repository/migrations/staging/a.yaml', 'utf8')).toBe('new');
    });
  });

  test.each([
    ['a link elsewhere', 'b.yaml', '../../outside/a.yaml', 'b.yaml', 'is a link, and is not written through'],
    [
      'a link in the repository',
      'b.yaml',
      'staging/a.yaml',
      'b.yaml',
      'is a link, and is not written through',
    ],
    ['a folder elsewhere', 'prod', '../../outside', 'prod/a.yaml', 'is in a folder that is a link out of'],
  ])('never through %s', (_, link, to, file, message) => {
    inRepository(() => {
      symlinkSync(to, `repository/migrations/${link}`);
      expect(() => writeDeclaration(`repository/migrations/${file}`, 'new')).toThrow(message);
      for (const path of ['outside/a.yaml', 'repository/migrations/staging/a.yaml'])
        expect(readFileSync(path, 'utf8')).toBe(VALID);
    });
  });
});
