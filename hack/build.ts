import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { buildSync, transformSync } from 'esbuild';
import { bundleAgent } from '../agent/build/program';
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

// The agent's programs are another build's.
const stale = existsSync(LIB) ? readdirSync(LIB).filter((name) => name !== 'agent') : [];
for (const name of stale) rmSync(join(LIB, name), { recursive: true, force: true });
const settings = { platform: 'node', target: 'node20', logLevel: 'warning' } as const;
// Whatever two parts of the program need is one file for both, which the bundler does for ES modules alone.
const { outputFiles } = buildSync({
  ...settings,
  absWorkingDir: ROOT,
  entryPoints: {
    'cli/main': 'cli/main.ts',
    ...Object.fromEntries(PARTS.map((part) => [`cli/${part}`, `cli/${part}.ts`])),
    index: 'index.ts',
    'cdk8s-plugin': 'bin/manifest-validation.ts',
  },
  outdir: LIB,
  bundle: true,
  splitting: true,
  format: 'esm',
  chunkNames: 'shared/[hash]',
  external: Object.keys({ ...dependencies, ...peerDependencies }),
  write: false,
});
for (const { path, text } of outputFiles) {
  // Names stay, for the stack of a fault.
  const minify = { minifySyntax: true, minifyWhitespace: true };
  const { code } = transformSync(text, { ...settings, ...minify, format: 'cjs' });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, code);
}
// What `meshferry agent build` makes programs of.
bundleAgent(ROOT, join(LIB, 'agent.js'));
// The report is not part of the package: it is compared with the one that was reviewed.
writeFileSync(join(LIB, 'api.md'), writeDeclarations(ROOT, join(LIB, 'index.d.ts')));
