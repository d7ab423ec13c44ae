import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { listFiles } from '../output/compare';

/** The program as a user starts it. */
export const PROGRAM = resolve(__dirname, '../bin/meshferry.js');

/** Runs the program. */
export function meshferry(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd,
    encoding: 'utf8',
    // Colours and debugging as a user has them who set nothing.
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, MESHFERRY_DEBUG: undefined, ...env },
  });
}

/** New folders for the tests of a file; they are gone when its tests are done. */
export function workspaces(): (files?: Readonly<Record<string, string>>) => string {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return (files = {}) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'meshferry-test-')));
    folders.push(folder);
    for (const [path, text] of Object.entries(files)) write(join(folder, path), text);
    return folder;
  };
}

/** Writes a file, and the folders that it is in. */
export function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Every file of a folder and what it holds; undefined where there is no such folder. */
export function contents(folder: string): Record<string, string> | undefined {
  const files = listFiles(folder);
  if (files.length === 0) return undefined;
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}
