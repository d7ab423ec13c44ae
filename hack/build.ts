import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { PARTS } from '../cli/parts';
import { dependencies } from '../package.json';

/**
 * Builds lib/, what the package ships: the program and the library as JavaScript, and the library's types. What is
 * not a dependency of the package is built in; what is stays outside, so that an app of the user's and the library
 * share one cdk8s.
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
  external: Object.keys(dependencies),
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
