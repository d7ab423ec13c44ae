import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contents, meshferry, PROGRAM, workspaces, write } from '../../test/program';
import { makeWorkFolder, stopPatches, workFolders } from '../work-folder';
import { finishPatch, patchFiles } from './patch';
import { newStamps, stampEntry } from './stamp';

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
  /** A folder with two files, and changes to both. */
  function prepared() {
    const target = join(
      workspace({ 'dist/a/vm/manifests.yaml': '1', 'dist/b/vm/manifests.yaml': '1' }),
      'dist',
    );
    const changes = ['a', 'b'].map((name) => {
      const path = `${name}/vm/manifests.yaml`;
      const was = newStamps(1);
      stampEntry(was, 0, join(target, path));
      return { path, text: '2', was: [...was.slice(0, 4)] };
    });
    return { target, changes, work: makeWorkFolder(target, 'patch') };
  }

  test('replaces files and stamps them', () => {
    const { target, changes, work } = prepared();
    const stamps = patchFiles(target, work, changes);
    expect(contents(target)).toEqual({ 'a/vm/manifests.yaml': '2', 'b/vm/manifests.yaml': '2' });
    const expected = newStamps(2);
    for (const [row, { path }] of changes.entries()) stampEntry(expected, row, join(target, path));
    expect(stamps).toEqual(expected);
  });

  test('that was stopped changes nothing', () => {
    const { target, changes, work } = prepared();
    const before = contents(target);
    expect(workFolders(target)).toEqual([{ path: work, kind: 'patch', isLive: true }]);
    const swap = makeWorkFolder(target, 'swap');
    stopPatches(target, swap);
    expect(existsSync(work)).toBe(false);
    expect(() => patchFiles(target, work, changes)).toThrow('ENOENT');
    expect(contents(target)).toEqual(before);
    expect(readdirSync(swap)).toEqual([]);
  });

  test('of a killed run is gone on with', () => {
    const { target, changes, work } = prepared();
    write(join(work, 'journal'), JSON.stringify(changes.map(({ path, was }) => ({ path, was }))));
    write(join(work, '1'), '2');
    finishPatch(target, work);
    expect(contents(target)).toEqual({ 'a/vm/manifests.yaml': '1', 'b/vm/manifests.yaml': '2' });
  });

  test.each([
    ['has no journal', undefined],
    ['has half a journal', '[{"path":'],
  ])('of a killed run that %s is dropped', (_, journal) => {
    const { target, work } = prepared();
    const before = contents(target);
    if (journal) write(join(work, 'journal'), journal);
    write(join(work, '0'), '2');
    finishPatch(target, work);
    expect(contents(target)).toEqual(before);
  });

  test('of a killed run does not replace what has changed since', () => {
    const { target, changes, work } = prepared();
    write(join(work, 'journal'), JSON.stringify(changes.map(({ path, was }) => ({ path, was }))));
    for (const name of ['0', '1']) write(join(work, name), '2');
    write(join(target, 'b/vm/manifests.yaml'), 'mine');
    finishPatch(target, work);
    expect(contents(target)).toEqual({ 'a/vm/manifests.yaml': '1', 'b/vm/manifests.yaml': 'mine' });
  });
});
