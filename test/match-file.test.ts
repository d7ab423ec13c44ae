import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const JEST = join(ROOT, 'node_modules/jest/bin/jest.js');
let folder: string;

/** A project of its own, with one test that compares a text with the file `shown.txt`. */
beforeEach(() => {
  // Inside the repository, so that the transform is found; in a folder that no other run of jest looks into.
  mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true });
  folder = mkdtempSync(join(ROOT, 'node_modules/.cache/match-file-'));
  const config = {
    rootDir: folder,
    setupFilesAfterEnv: [join(ROOT, 'test/match-file.ts')],
    transform: { '\\.ts$': '@swc/jest' },
    haste: { retainAllFiles: true },
    testPathIgnorePatterns: [],
  };
  writeFileSync(join(folder, 'jest.config.json'), JSON.stringify(config));
  writeFileSync(
    join(folder, 'shows.test.js'),
    `test('shows', () => expect('new\\n').toMatchFile(${JSON.stringify(join(folder, 'shown.txt'))}));`,
  );
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function jest(...options: string[]) {
  const { status, stderr } = spawnSync(
    process.execPath,
    [JEST, '--config', join(folder, 'jest.config.json'), ...options],
    { encoding: 'utf8' },
  );
  return { status, stderr };
}
const shown = () => readFileSync(join(folder, 'shown.txt'), 'utf8');

test('a file that differs fails, and -u writes it', () => {
  writeFileSync(join(folder, 'shown.txt'), 'old\n');
  expect(jest()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('`npx jest -u` writes it anew'),
  });
  expect(shown()).toBe('old\n');
  expect(jest('-u')).toMatchObject({ status: 0, stderr: expect.stringContaining('1 snapshot updated') });
  expect(shown()).toBe('new\n');
});

test('a file that does not exist is written, but not in CI', () => {
  expect(jest('--ci')).toMatchObject({ status: 1, stderr: expect.stringContaining('does not exist') });
  expect(jest('--no-ci')).toMatchObject({ status: 0, stderr: expect.stringContaining('1 snapshot written') });
  expect(shown()).toBe('new\n');
});
