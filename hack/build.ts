import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { PARTS } from '../cli/parts';
import { dependencies, peerDependencies } from '../package.json';

/**
 * Builds lib/, what the package ships: the program and the library as JavaScript, and the library's types. What is
 * neither a dependency nor a peer of the package is built in; cdk8s and constructs stay outside, so that an app of the
 * user's and the library share them.
 */
const ROOT = resolve(__dirname, '..');
const LIB = join(ROOT, 'lib');

rmSync(LIB, { recursive: true, force: true });
buildSync({
  absWorkingDir: ROOT,
  entryPoints: {
    'cli/main': 'cli/main.ts',
    ...Object.fromEntries(PARTS.map((part) => [`cli/${part}`, `cli/${part}.ts`])),
    index: 'index.ts',
    'cdk8s-plugin': 'bin/manifest-validation.ts',
  },
  outdir: LIB,
  bundle: true,
  external: Object.keys({ ...dependencies, ...peerDependencies }),
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
});
const tsc = require.resolve('typescript/bin/tsc');
const options = ['--declaration', '--emitDeclarationOnly', '--outDir', join(LIB, 'types')];
execFileSync(process.execPath, [tsc, '--project', 'tsconfig.lib.json', ...options], {
  cwd: ROOT,
  stdio: 'inherit',
});
