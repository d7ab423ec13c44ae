import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { contents, meshferry, PROGRAM, workspaces, write } from '../test/program';

const workspace = workspaces();
const MESH = 'istio: "1.18"\n';
const migration = (phase: string) =>
  `namespace: demo\nphase: ${phase}\nports: {http: 8080}\nkubernetes: {image: example/a:1}\n`;
const files = (phase: string) => ({
  'migrations/mesh.yaml': MESH,
  'migrations/analytics.yaml': migration(phase),
});

/** A workspace with a rendering of `pin` in dist/, whose sources now say `deploy`; and both renderings. */
function between() {
  const folder = workspace(files('pin'));
  const dist = join(folder, 'dist');
  expect(meshferry(folder, ['synth'])).toMatchObject({ status: 0, stderr: '' });
  const old = contents(dist) ?? {};
  write(join(folder, 'migrations/analytics.yaml'), migration('deploy'));
  expect(meshferry(folder, ['synth', '--to', 'elsewhere']).status).toBe(0);
  const next = contents(join(folder, 'elsewhere'));
  expect(next).not.toEqual(old);
  return { folder, dist, old, next };
}

function leftovers(folder: string) {
  return readdirSync(folder).filter((name) => name.startsWith('.'));
}

test('killed at any step, it leaves the old or the new rendering whole', () => {
  const { folder, dist, old, next } = between();
  const absent: number[] = [];
  let nth = 1;
  for (; ; nth++) {
    const { signal, status } = meshferry(folder, ['synth'], {
      NODE_OPTIONS: `--require=${join(__dirname, '../test/kill-at-step.js')}`,
      KILL_AT_STEP: `${folder}|${nth}`,
    });
    if (signal === null) {
      expect(status).toBe(0);
      break;
    }
    expect(signal).toBe('SIGKILL');
    const left = contents(dist);
    if (left === undefined) {
      // Between the two renames: even a run that fails puts the old one back.
      absent.push(nth);
      write(join(folder, 'migrations/analytics.yaml'), 'phase: [');
      expect(meshferry(folder, ['synth']).status).toBe(2);
      expect(contents(dist)).toEqual(old);
      expect(leftovers(folder)).toEqual([]);
      write(join(folder, 'migrations/analytics.yaml'), migration('deploy'));
    } else {
      expect([old, next]).toContainEqual(left);
    }
    for (const name of ['dist', ...leftovers(folder)]) rmSync(join(folder, name), { recursive: true });
    for (const [file, text] of Object.entries(old)) write(join(dist, file), text);
  }
  expect(absent).toHaveLength(1);
  expect(nth).toBeGreaterThan(20);
  expect(contents(dist)).toEqual(next);
});

test('killed at some moment from outside, it leaves the old or the new rendering whole', async () => {
  const { folder, dist, old, next } = between();
  for (let round = 0; round < 20; round++) {
    const child = spawn(process.execPath, [PROGRAM, 'synth'], { cwd: folder, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), 40 + round * 6);
    await ended;
    clearTimeout(timer);
    const left = contents(dist);
    if (left !== undefined) expect([old, next]).toContainEqual(left);
  }
  expect(meshferry(folder, ['synth']).status).toBe(0);
  expect(contents(dist)).toEqual(next);
  expect(leftovers(folder)).toEqual([]);
});

test('runs at the same time do not mix', async () => {
  const { folder, dist, old, next } = between();
  write(join(folder, 'other/mesh.yaml'), MESH);
  write(join(folder, 'other/analytics.yaml'), migration('pin'));
  for (let round = 0; round < 3; round++) {
    const runs = Array.from({ length: 8 }, (_, index) => {
      const from = index % 2 === 0 ? 'migrations' : 'other';
      const child = spawn(process.execPath, [PROGRAM, 'synth', '--from', from], {
        cwd: folder,
        stdio: 'ignore',
      });
      return new Promise((resolve) => child.once('exit', resolve));
    });
    expect(await Promise.all(runs)).toEqual(runs.map(() => 0));
    expect([old, next]).toContainEqual(contents(dist));
    expect(leftovers(folder)).toEqual([]);
  }
});

/** In a mount namespace of its own, so that nothing of it is left on the machine, whatever happens. */
function inMounts(script: string, folder: string) {
  const mounts = spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-euc', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE: process.execPath, PROGRAM, FOLDER: folder },
  });
  return { status: mounts.status, stderr: mounts.stderr, stdout: mounts.stdout };
}

test('a full disk costs nothing', () => {
  const folder = workspace(files('pin'));
  const { status, stdout, stderr } = inMounts(
    `mkdir disk
    mount -t tmpfs -o size=1m tmpfs disk
    cp -r migrations disk
    cd disk
    "$NODE" "$PROGRAM" synth
    sed -i s/pin/deploy/ migrations/analytics.yaml
    cp -r dist ../before
    dd if=/dev/zero of=ballast bs=1k 2> ../dd || true
    code=0; "$NODE" "$PROGRAM" synth || code=$?
    diff -r dist ../before
    ls -A
    exit $code`,
    folder,
  );
  expect(stderr).toMatch(/^✖ cannot write the files: no space is left on the disk; nothing was changed\n$/);
  expect(stdout).toBe('✔ 15 files in dist\nballast\ndist\nmigrations\n');
  expect(status).toBe(2);
});

test('a disk that cannot be written to is told', () => {
  const folder = workspace(files('pin'));
  expect(meshferry(folder, ['synth']).status).toBe(0);
  const before = contents(folder);
  const { status, stderr } = inMounts(
    `mount --bind "$FOLDER" "$FOLDER"
    mount -o remount,ro,bind "$FOLDER"
    cd "$FOLDER"
    "$NODE" "$PROGRAM" synth`,
    folder,
  );
  expect(stderr).toMatch(/^✖ cannot write \S+: the file system is read-only; nothing was changed\n$/);
  expect(status).toBe(2);
  expect(contents(folder)).toEqual(before);
});

test('a folder on a disk of its own cannot be replaced, and is told', () => {
  const folder = workspace(files('pin'));
  const { status, stderr } = inMounts(
    `mkdir dist
    mount -t tmpfs tmpfs dist
    "$NODE" "$PROGRAM" synth`,
    folder,
  );
  expect(stderr).toMatch(/^✖ cannot write \S+dist: it is mounted, .*; nothing was changed\n$/);
  expect(status).toBe(2);
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
});
