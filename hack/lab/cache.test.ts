import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { ensureParts, partKey } from './cache';
import type { Part } from './parts/part';
import { Progress } from './progress';

let cache: string;
let built: string[];
const silent = new Progress(
  new Writable({ write: (_chunk, _encoding, done) => done() }) as NodeJS.WriteStream,
);

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'lab-cache-'));
  built = [];
});
afterEach(() => rm(cache, { recursive: true }));

function part(name: string, inputs: string[], needs: Part[] = [], fails = false): Part {
  return {
    name,
    needs,
    inputs: async () => inputs,
    async build(out) {
      built.push(name);
      writeFileSync(join(out, 'half'), name);
      if (fails) throw new Error('no such module');
    },
  };
}

const none = () => '';

test('the key changes with every input, and with where one input ends', async () => {
  const keys = await Promise.all(
    [['ab', 'c'], ['a', 'bc'], ['abc'], ['ab', 'd']].map((inputs) => partKey(part('p', inputs), none)),
  );
  expect(new Set(keys).size).toBe(4);
  expect(await partKey(part('p', ['ab', 'c']), none)).toBe(keys[0]);
});

test('the key changes with the key of a part it needs', async () => {
  const top = part('top', ['x'], [part('low', ['1'])]);
  expect(await partKey(top, () => 'one')).not.toBe(await partKey(top, () => 'two'));
});

test('parts are built once, what they need first, and are found after that', async () => {
  const low = part('low', ['1']);
  const top = part('top', ['x'], [low]);
  const folders = await ensureParts(cache, [top], silent);
  await ensureParts(cache, [top, low], silent);
  expect(built).toEqual(['low', 'top']);
  expect(readdirSync(folders(low))).toEqual(['half']);
});

test('a part that fails names itself, its log and what to do; what was built stays, a retry does the rest', async () => {
  const low = part('low', ['1']);
  await expect(ensureParts(cache, [part('top', ['x'], [low], true)], silent)).rejects.toThrow(
    /"top" could not be built:\n\s+no such module\n\s+its log: .*logs\/top\.log\n\s+mend/,
  );
  const mended = part('top', ['x'], [low]);
  const folders = await ensureParts(cache, [mended], silent);
  expect(built).toEqual(['low', 'top', 'top']);
  expect(existsSync(folders(mended))).toBe(true);
});

test('what a killed build has left is never taken for a part', async () => {
  mkdirSync(join(cache, '.building-p'));
  writeFileSync(join(cache, '.building-p', 'rest'), '');
  const p = part('p', ['1']);
  const folders = await ensureParts(cache, [p], silent);
  expect(readdirSync(folders(p))).toEqual(['half']);
  expect(readdirSync(cache).filter((name) => name.startsWith('.building'))).toEqual([]);
});
