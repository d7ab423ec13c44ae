import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { rotateLogs } from './rotate-logs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshferry-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const MEGABYTE = 1 << 20;
const log = () => join(folder, 'istio.log');
const write = (text: string, megabytes: number) => writeFileSync(log(), text.repeat(megabytes * MEGABYTE));

test('a log under ten megabytes is left alone', async () => {
  write('a', 9);
  expect(await rotateLogs(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual(['istio.log']);
});

test('a larger one is compressed and truncated in place, since whoever writes it holds it open', async () => {
  write('a', 11);
  const { ino } = statSync(log());
  expect(await rotateLogs(folder)).toHaveLength(1);
  expect([statSync(log()).size, statSync(log()).ino]).toEqual([0, ino]);
  const packed = gunzipSync(readFileSync(join(folder, 'istio.log.1.gz')));
  expect(packed.length).toBe(11 * MEGABYTE);
});

test('three are kept, the newest first', async () => {
  for (const text of ['a', 'b', 'c', 'd']) {
    write(text, 11);
    await rotateLogs(folder);
  }
  const packed = readdirSync(folder)
    .filter((name) => name.endsWith('.gz'))
    .sort();
  expect(packed).toEqual(['istio.log.1.gz', 'istio.log.2.gz', 'istio.log.3.gz']);
  const first = packed.map((name) =>
    String.fromCharCode(gunzipSync(readFileSync(join(folder, name)))[0] ?? 0),
  );
  expect(first).toEqual(['d', 'c', 'b']);
});

test('no folder: nothing to do', async () => {
  expect(await rotateLogs(join(folder, 'none'))).toEqual([]);
});

test('a link in its place is not followed, neither to a log nor to a copy', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'meshferry-outside-'));
  const target = join(outside, 'file');
  writeFileSync(target, 'a'.repeat(11 * MEGABYTE));
  symlinkSync(target, log());
  expect(await rotateLogs(folder)).toEqual([]);
  rmSync(log());
  write('b', 11);
  symlinkSync(join(outside, 'new'), `${log()}.1.gz`);
  expect(await rotateLogs(folder)).toHaveLength(1);
  expect([statSync(target).size, readdirSync(outside)]).toEqual([11 * MEGABYTE, ['file']]);
  expect(lstatSync(`${log()}.1.gz`).isFile()).toBe(true);
  rmSync(outside, { recursive: true });
});
