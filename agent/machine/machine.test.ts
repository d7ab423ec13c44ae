import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathsUnder } from '../paths';
import { hostsEntry, withHostsEntry } from './hosts-file';
import { takeLock } from './lock';
import { Machine } from './machine';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'meshferry-machine-'));
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  writeFileSync(join(root, 'etc/there'), 'before', { mode: 0o640 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const machine = (dryRun = false) => new Machine(pathsUnder(root), { dryRun });
const at = (path: string) => join(root, path);

test('what is as wanted is not written again', () => {
  const first = machine();
  first.begin();
  expect(first.writeFile(at('etc/a/b'), 'text', { mode: 0o600 })).toBe(true);
  expect(first.writeFile(at('etc/a/b'), 'text', { mode: 0o600 })).toBe(false);
  expect(statSync(at('etc/a/b')).mode & 0o777).toBe(0o600);
});

test('what Istio sources as root is written by nobody else, and no link in its place is followed', () => {
  mkdirSync(at('var/lib/istio/envoy'), { recursive: true });
  writeFileSync(at('var/lib/istio/envoy/sidecar.env'), '');
  symlinkSync(at('etc/there'), at('var/lib/istio/envoy/link'));
  for (const path of ['var/lib/istio', 'var/lib/istio/envoy', 'var/lib/istio/envoy/sidecar.env', 'etc/there'])
    chmodSync(at(path), 0o777);
  const ours = machine();
  ours.keep(ours.paths.istio.sourced);
  const modes = (paths: string[]) => paths.map((path) => statSync(at(path)).mode & 0o777);
  expect(modes(['var/lib/istio', 'var/lib/istio/envoy', 'var/lib/istio/envoy/sidecar.env'])).toEqual([
    0o755, 0o755, 0o755,
  ]);
  expect(modes(['etc/there'])).toEqual([0o777]);
  if (process.getuid?.() === 0) {
    for (const path of ['var/lib/istio', 'var/lib/istio/envoy/sidecar.env'])
      chownSync(at(path), 65534, 65534);
    ours.keep(ours.paths.istio.sourced);
  }
  for (const path of ['var/lib/istio', 'var/lib/istio/envoy/sidecar.env'])
    expect(statSync(at(path)).uid).toBe(process.getuid?.());
});

test('a file that is as wanted but of another user is taken back', () => {
  const first = machine();
  first.begin();
  first.writeFile(at('etc/a'), 'text', { mode: 0o644 });
  chmodSync(at('etc/a'), 0o666);
  expect(first.writeFile(at('etc/a'), 'text', { mode: 0o644 })).toBe(false);
  expect([statSync(at('etc/a')).mode & 0o777, statSync(at('etc/a')).uid]).toEqual([
    0o644,
    process.getuid?.(),
  ]);
});

test('a dry run changes nothing', () => {
  const dry = machine(true);
  dry.begin();
  dry.writeFile(at('etc/a/b'), 'text', { mode: 0o600 });
  dry.writeHostsEntry('192.0.2.1', 'istiod.istio-system.svc');
  expect(dry.changes).toHaveLength(2);
  expect(existsSync(at('etc/a'))).toBe(false);
  expect(existsSync(at('var'))).toBe(false);
  expect(readFileSync(at('etc/hosts'), 'utf8')).toBe('127.0.0.1 localhost\n');
});

test('the next command undoes a killed one, and keeps the one before', async () => {
  const earlier = machine();
  earlier.begin();
  earlier.writeFile(at('etc/there'), 'first', { mode: 0o644 });
  earlier.commit();
  const killed = machine();
  killed.begin();
  killed.writeFile(at('etc/there'), 'second', { mode: 0o600 });
  killed.writeFile(at('etc/new/file'), 'x', { mode: 0o644 });
  killed.writeHostsEntry('192.0.2.1', 'istiod.istio-system.svc');

  const next = machine();
  expect(next.hasUnfinished).toBe(true);
  await next.undoUnfinished();
  expect(readFileSync(at('etc/there'), 'utf8')).toBe('first');
  expect(existsSync(at('etc/new'))).toBe(false);
  expect(readFileSync(at('etc/hosts'), 'utf8')).toBe('127.0.0.1 localhost\n');
  expect(machine().hasUnfinished).toBe(false);
});

test('everything is undone in the end, including permissions', async () => {
  const changed = machine();
  changed.begin();
  changed.writeFile(at('etc/there'), 'first', { mode: 0o644 });
  changed.writeFile(at('etc/there'), 'second', { mode: 0o644 });
  changed.writeSecret(at('run/token'), 'secret', { mode: 0o600 });
  changed.commit();
  expect(readFileSync(at('var/lib/meshferry/journal.json'), 'utf8')).not.toContain('secret');
  await machine().undoAll();
  expect(readFileSync(at('etc/there'), 'utf8')).toBe('before');
  expect(statSync(at('etc/there')).mode & 0o777).toBe(0o640);
  expect(existsSync(at('run'))).toBe(false);
  expect(existsSync(at('var/lib/meshferry'))).toBe(false);
});

test('the hosts file keeps the lines of others, and holds one of ours', () => {
  const others = '127.0.0.1 localhost\n10.9.9.9 istiod.istio-system.svc\n';
  const once = withHostsEntry(others, '192.0.2.1', 'istiod.istio-system.svc');
  const twice = withHostsEntry(once, '192.0.2.2', 'istiod.istio-system.svc');
  expect(hostsEntry(twice)).toBe('192.0.2.2');
  expect(twice.split('\n')).toHaveLength(others.split('\n').length + 1);
  expect(withHostsEntry(twice, undefined, '')).toBe(others);
});

test('the lock is held by one, says by whom, and dies with its holder', async () => {
  const file = at('run/lock');
  const lock = await takeLock(file, 'reconcile');
  await expect(takeLock(file, 'run')).rejects.toThrow(`at work: reconcile (process ${process.pid}`);
  await lock.release();
  writeFileSync(file, ''); // what a killed holder leaves: a name that nobody answers at
  await (await takeLock(file, 'run')).release();
});
