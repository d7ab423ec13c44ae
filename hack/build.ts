import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { PARTS } from '../cli/parts';
import { dependencies, peerDependencies } from '../package.json';
import { writeDeclarations } from './declarations';

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
  // Names stay, for the stack of a fault.
  minifySyntax: true,
  minifyWhitespace: true,
  external: Object.keys({ ...dependencies, ...peerDependencies }),
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
});
// The report is not part of the package: it is compared with the one that was reviewed.
writeFileSync(join(LIB, 'api.md'), writeDeclarations(ROOT, join(LIB, 'index.d.ts')));
