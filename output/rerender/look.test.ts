import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaces } from '../../test/program';
import { BLOCK, newIndex } from './index-file';
import { beginToLook } from './look';
import { stampEntry } from './stamp';

// Threads begin on a machine with one processor, too, when told that there are more.
jest.mock('node:os', () => ({ ...jest.requireActual('node:os'), availableParallelism: () => 4 }));

const workspace = workspaces();

/** A folder of many empty files, and its index. */
function indexed(count: number) {
  const folder = workspace();
  const names = Array.from({ length: count }, (_, index) => `ü-${Math.floor(index / 1000)}/${index}`);
  for (const name of new Set(names.map((one) => one.split('/')[0] ?? ''))) mkdirSync(join(folder, name));
  const index = newIndex({ program: 'one', from: folder, settings: [] }, [], names, { files: count, top: 1 });
  for (const [row, name] of names.entries()) {
    writeFileSync(join(folder, name), '');
    stampEntry(index.outputStamps, row, join(folder, name));
  }
  return { folder, names, index };
}

test('names come back as they were', () => {
  const { names, index } = indexed(2 * BLOCK + 3);
  for (const [first, end] of [
    [0, names.length],
    [BLOCK - 1, BLOCK + 1],
    [2 * BLOCK, 2 * BLOCK + 3],
    [7, 7],
  ] as const)
    expect(index.names(first, end)).toEqual(names.slice(first, end));
});

test.each([
  ['one thread', 3 * BLOCK + 1],
  ['several threads', 90 * BLOCK],
])('%s: one file of many that is touched or gone is seen, wherever it is', (_, count) => {
  const { folder, names, index } = indexed(count);
  const look = () => {
    const begun = beginToLook(folder, index);
    const same = begun.sameOutputs();
    begun.stop();
    return same;
  };
  expect(look()).toBe(true);
  for (const row of [0, BLOCK - 1, BLOCK, Math.floor(count / 2), count - 1]) {
    const file = join(folder, names[row] ?? '');
    utimesSync(file, 1, 1);
    expect(look()).toBe(false);
    stampEntry(index.outputStamps, row, file);
    expect(look()).toBe(true);
  }
  rmSync(join(folder, names[count - 2] ?? ''));
  expect(look()).toBe(false);
});

test('a folder of nothing is the same', () => {
  const { folder, index } = indexed(0);
  expect(beginToLook(folder, index).sameOutputs()).toBe(true);
});
