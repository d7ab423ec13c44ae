import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processMemory } from './local/memory';
import { run } from './run';
import { probeLines, readAnswers, statusTable } from './status';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-status-'));
  mkdirSync(join(folder, 'answered'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('tells when each part answered last', () => {
  const now = Date.now();
  const named = ['etcd', 'kubelet', 'istiod'].map((name) => ({ name, probe: 'true with "words"' }));
  writeFileSync(join(folder, 'probes'), probeLines(named));
  for (const [name, ago] of [
    ['etcd', 3],
    ['kubelet', 240],
  ] as const) {
    const file = join(folder, 'answered', name);
    writeFileSync(file, '');
    utimesSync(file, now / 1000 - ago, now / 1000 - ago);
  }
  const seen = readAnswers(join(folder, 'probes'), join(folder, 'answered'), now - 10_000);
  expect(seen.map((part) => part.answers)).toEqual([true, false, false]);
  expect(statusTable(seen)).toBe(
    '✓ etcd     answered 3 s ago\n✖ kubelet  does not answer; last did 4 min ago\n✖ istiod   never answered\n',
  );
});

test('the heartbeat notes what answers, and nothing else', async () => {
  const probes = [
    { name: 'good', probe: 'test 1 = 1' },
    { name: 'bad', probe: 'exit 1' },
  ];
  writeFileSync(join(folder, 'probes'), probeLines(probes));
  const asked = Date.now();
  await run('bash', [join(__dirname, 'local', 'heartbeat.sh'), folder, 'once']);
  const seen = readAnswers(join(folder, 'probes'), join(folder, 'answered'), asked);
  expect(seen.map((part) => [part.name, part.answers])).toEqual([
    ['good', true],
    ['bad', false],
  ]);
});

test('memory is what processes hold, in both versions of cgroups', () => {
  expect(processMemory('cache 900\nrss 1\ntotal_cache 900\ntotal_rss 100\ntotal_shmem 20\n')).toBe(120);
  expect(processMemory('anon 100\nfile 900\nshmem 20\n')).toBe(120);
  expect(processMemory('something 1\n')).toBeUndefined();
});
