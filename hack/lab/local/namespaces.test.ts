import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processStart } from '../process-id';
import { layout } from './layout';
import { findFirst, runningLabs } from './namespaces';

let states: string;
beforeEach(() => {
  states = mkdtempSync(join(tmpdir(), 'lab-states-'));
});
afterEach(() => rmSync(states, { recursive: true }));

function record(name: string, first: number, ticks: string, boot: string) {
  const lab = layout(join(states, name));
  mkdirSync(lab.state);
  writeFileSync(lab.pids, `1 ${first} ${ticks} ${boot}\n`);
  return lab;
}

test('a lab runs if its first process does: the same one, since the same start of the machine', () => {
  const [boot, ticks] = (processStart(process.pid) as string).split(':') as [string, string];
  expect(findFirst(record('runs', process.pid, ticks, boot))).toEqual({ outer: 1, first: process.pid });
  expect(findFirst(record('pid-of-another', process.pid, '1', boot))).toBeUndefined();
  expect(findFirst(record('before-restart', process.pid, ticks, 'other-boot'))).toBeUndefined();
  expect(findFirst(record('gone', 999_999_999, ticks, boot))).toBeUndefined();
  expect(findFirst(layout(join(states, 'never')))).toBeUndefined();
  expect(runningLabs(states)).toEqual(['runs']);
  expect(runningLabs(join(states, 'no-such-folder'))).toEqual([]);
});
