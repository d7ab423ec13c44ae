import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

/** Builds lib/, what the package ships: the program and the library as JavaScript, and the library's types. */
const ROOT = resolve(__dirname, '..');
const LIB = join(ROOT, 'lib');

rmSync(LIB, { recursive: true, force: true });
buildSync({
  absWorkingDir: ROOT,
  entryPoints: { cli: 'cli/main.ts', index: 'index.ts', 'cdk8s-plugin': 'verify/plugin.ts' },
  outdir: LIB,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
});
const tsc = require.resolve('typescript/bin/tsc');
execFileSync(
  process.execPath,
  [tsc, '--project', 'tsconfig.lib.json', '--declaration', '--emitDeclarationOnly', '--outDir', join(LIB, 'types')],
  { cwd: ROOT, stdio: 'inherit' },
);
chmodSync(join(ROOT, 'bin/meshferry.js'), 0o755);
