import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { contents, meshferry, PROGRAM, workspaces, write } from '../../test/program';
import { writeOwn } from '../own-folder';
import { makeWorkFolder, workFolders } from '../work-folder';
import { indexFile } from './index-file';
import { beginPatch, finishPatches, patchFiles, stopPatches } from './patch';
import { type Stamp, stampOf } from './stamp';

const workspace = workspaces();
/** The image is in three of its files. */
const migration = (image: string) => `namespace: demo
phase: deploy
ports: {http: 8080}
mode: long-term
ends: split
shift: {steps: [50]}
kubernetes: {image: "example/a:${image}"}
`;
const FILES = {
  'migrations/mesh.yaml': 'istio: "1.18"\n',
  'migrations/analytics.yaml': migration('old'),
  'migrations/payments.yaml': migration('old'),
};

/** A workspace with a rendering, and a way to run the program in it. */
function rendered() {
  const folder = workspace(FILES);
  const dist = join(folder, 'dist');
  const cache = { XDG_CACHE_HOME: join(folder, 'cache') };
  const synth = (env: NodeJS.ProcessEnv = {}) => meshferry(folder, ['synth'], { ...cache, ...env });
  const declare = (image: string) => write(join(folder, 'migrations/analytics.yaml'), migration(image));
  expect(synth()).toMatchObject({ status: 0, stderr: '' });
  const old = contents(dist);
  declare('new');
  expect(meshferry(folder, ['synth', '--to', 'elsewhere'], cache).status).toBe(0);
  const next = contents(join(folder, 'elsewhere'));
  declare('old');
  return { folder, dist, cache, synth, declare, old, next };
}

function leftovers(folder: string) {
  return readdirSync(folder).filter((name) => name.startsWith('.'));
}

test('killed at any step of a patch, the next run leaves the old or the new rendering whole', () => {
  const { folder, dist, synth, declare, old, next } = rendered();
  const found = { old: 0, next: 0, mixture: 0, finished: 0 };
  let nth = 1;
  for (; ; nth++) {
    declare('old');
    expect(synth().status).toBe(0);
    expect(contents(dist)).toEqual(old);
    declare('new');
    const inode = statSync(dist).ino;
    const { signal, status } = synth({
      NODE_OPTIONS: `--require=${join(__dirname, '../../test/kill-at-step.js')}`,
      KILL_AT_STEP: `${folder}|${nth}`,
    });
    expect(statSync(dist).ino).toBe(inode);
    if (signal === null) {
      expect(status).toBe(0);
      break;
    }
    const left = JSON.stringify(contents(dist));
    const is = left === JSON.stringify(old) ? 'old' : left === JSON.stringify(next) ? 'next' : 'mixture';
    found[is]++;
    // Even a run that fails goes on with what was begun.
    write(join(folder, 'migrations/analytics.yaml'), 'phase: [');
    expect(synth().status).toBe(2);
    const after = contents(dist);
    expect([old, next]).toContainEqual(after);
    if (is === 'mixture') expect(after).toEqual(next);
    if (is === 'old' && JSON.stringify(after) === JSON.stringify(next)) found.finished++;
    expect(leftovers(folder)).toEqual([]);
  }
  expect(contents(dist)).toEqual(next);
  // Three files, one after the other: between them lie two mixtures, and before them a journal that tells all.
  expect(found).toMatchObject({ mixture: 2, finished: 1 });
  expect(found.old).toBeGreaterThan(5);
  expect(found.next).toBeGreaterThan(2);
});

test('patches and whole renderings at the same time do not mix', async () => {
  const { folder, dist, cache, synth, declare, old, next } = rendered();
  write(join(folder, 'other/mesh.yaml'), 'istio: "1.18"\n');
  write(join(folder, 'other/analytics.yaml'), migration('other'));
  expect(meshferry(folder, ['synth', '--from', 'other', '--to', 'elsewhere'], cache).status).toBe(0);
  const other = contents(join(folder, 'elsewhere'));
  const start = (args: readonly string[], wait: number) =>
    new Promise((resolve) => {
      setTimeout(() => {
        const child = spawn(process.execPath, [PROGRAM, 'synth', ...args], {
          cwd: folder,
          stdio: 'ignore',
          env: { ...process.env, ...cache },
        });
        child.once('exit', resolve);
      }, wait);
    });
  for (let round = 0; round < 8; round++) {
    const image = round % 2 === 0 ? 'new' : 'old';
    expect(synth().status).toBe(0);
    declare(image);
    const runs = [0, 1, 2, 3, 4, 5].map((run) =>
      start(run % 2 === 0 ? [] : ['--from', 'other'], (run * round * 7) % 90),
    );
    expect(await Promise.all(runs)).toEqual(runs.map(() => 0));
    expect([image === 'new' ? next : old, other]).toContainEqual(contents(dist));
    expect(leftovers(folder)).toEqual([]);
  }
});

describe('a patch', () => {
  const cache = process.env.XDG_CACHE_HOME;
  afterEach(() => {
    if (cache === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cache;
  });

  const A = 'a/vm/manifests.yaml';
  const B = 'b/vm/manifests.yaml';

  /** A rendering of two files, and changes to both. */
  function prepared() {
    const folder = workspace({ [`dist/${A}`]: '1', [`dist/${B}`]: '1' });
    process.env.XDG_CACHE_HOME = join(folder, 'cache');
    const target = join(folder, 'dist');
    const changes = [A, B].map((path) => ({ path, text: '2' }));
    return { folder, target, changes };
  }

  /** Leaves what a killed run leaves: its folder with some files, and its journal. */
  function killed(
    folder: string,
    files: Readonly<Record<string, string>>,
    paths: readonly string[] = [A, B],
    was?: Stamp,
  ) {
    const target = join(folder, 'dist');
    const work = join(folder, `.dist.meshferry-4194305-patch-abc`);
    for (const [name, text] of Object.entries(files)) write(join(work, name), text);
    const journal = `${indexFile(target)}${basename(work)}`;
    writeOwn(
      journal,
      JSON.stringify(paths.map((path) => ({ path, was: was ?? stampOf(join(target, path)) }))),
    );
    return { target, work, journal };
  }

  test('replaces files, and leaves no journal', () => {
    const { folder, target, changes } = prepared();
    patchFiles(target, beginPatch(target) ?? '', changes);
    expect(contents(target)).toEqual({ [A]: '2', [B]: '2' });
    expect(readdirSync(join(folder, 'cache/meshferry/renderings'))).toEqual([]);
  });

  test('does not begin beside another run', () => {
    const { target } = prepared();
    makeWorkFolder(target, 'swap');
    expect(beginPatch(target)).toBeUndefined();
    expect(workFolders(target)).toHaveLength(1);
  });

  test('that was stopped changes nothing', () => {
    const { target, changes } = prepared();
    const before = contents(target);
    const work = beginPatch(target) ?? '';
    expect(workFolders(target)).toEqual([{ path: work, purpose: 'patch', isLive: true }]);
    const swap = makeWorkFolder(target, 'swap');
    stopPatches(target, swap);
    expect(existsSync(work)).toBe(false);
    expect(() => patchFiles(target, work, changes)).toThrow('ENOENT');
    expect(contents(target)).toEqual(before);
    expect(readdirSync(swap)).toEqual([]);
  });

  test('of a killed run is gone on with', () => {
    const { folder } = prepared();
    const { target, journal } = killed(folder, { 1: '2' });
    finishPatches(target);
    expect(contents(target)).toEqual({ [A]: '1', [B]: '2' });
    expect(existsSync(journal)).toBe(false);
  });

  test('of a killed run does not replace what has changed since', () => {
    const { folder } = prepared();
    const { target } = killed(folder, { 0: '2', 1: '2' });
    write(join(target, B), 'mine');
    finishPatches(target);
    expect(contents(target)).toEqual({ [A]: '1', [B]: 'mine' });
  });

  describe('leaves everything as it is where the journal', () => {
    const cases: [what: string, change: (left: ReturnType<typeof killed>) => void][] = [
      ['is missing', ({ journal }) => renameSync(journal, `${journal}.away`)],
      ['may be written by others', ({ journal }) => chmodSync(journal, 0o666)],
      [
        'is a link',
        ({ journal }) => {
          renameSync(journal, `${journal}.away`);
          symlinkSync(`${journal}.away`, journal);
        },
      ],
      ['lies where others may write', ({ journal }) => chmodSync(join(journal, '..'), 0o777)],
      ['came with the repository', ({ journal, work }) => renameSync(journal, join(work, 'journal'))],
      [
        'goes with a folder that is a link',
        ({ work }) => {
          renameSync(work, join(work, '../elsewhere'));
          symlinkSync('elsewhere', work);
        },
      ],
    ];
    test.each(cases)('%s', (_, change) => {
      const { folder } = prepared();
      const left = killed(folder, { 0: '2', 1: '2' });
      change(left);
      finishPatches(left.target);
      expect(contents(left.target)).toEqual({ [A]: '1', [B]: '1' });
    });
  });

  test.each([['../victim'], ['a/../../victim'], ['/victim'], ['link/vm/manifests.yaml'], ['notes.txt']])(
    'never leaves the output folder: %s',
    (path) => {
      const { folder, target } = prepared();
      for (const file of ['victim', 'outside/vm/manifests.yaml']) write(join(folder, file), 'mine');
      symlinkSync('../outside', join(target, 'link'));
      write(join(target, 'notes.txt'), 'mine');
      killed(folder, { 0: 'theirs' }, [path], stampOf(join(target, path)));
      finishPatches(target);
      for (const file of ['victim', 'outside/vm/manifests.yaml', 'dist/notes.txt'])
        expect(readFileSync(join(folder, file), 'utf8')).toBe('mine');
    },
  );
});
