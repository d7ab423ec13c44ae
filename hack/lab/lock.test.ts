import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('one holder at a time, and the lock is given back after a failure too', async () => {
  const file = join(folder, 'lock');
  await withLock(file, 'the lab "x"', async () => {
    await expect(withLock(file, 'the lab "x"', async () => 1)).rejects.toThrow(
      `the lab "x" is being worked on by process ${process.pid}`,
    );
  });
  const failing = withLock(file, 'it', async () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  expect(existsSync(file)).toBe(false);
});

test.each([
  ['whose process is gone', '999999999 boot:1'],
  ['whose pid belongs to another process by now', `${process.pid} boot:1`],
])('a lock %s is taken over', async (_, content) => {
  const file = join(folder, 'lock');
  writeFileSync(file, content);
  expect(await withLock(file, 'it', async () => 'done')).toBe('done');
});
