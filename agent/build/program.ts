import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { loadInjector } from './injector';
import { strip } from './strip';

/** Marks the place in Node's binary that says whether a program is in it. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** Name of the agent's code as one file of JavaScript. */
export const BUNDLE = 'agent.js';

/**
 * What Node is told about the program. Whatever NODE_OPTIONS holds on a machine has no say (`cli`: only
 * `--node-options`, which the unit gives), and no signal opens a debugger, which would show the token.
 */
const SEA = {
  main: BUNDLE,
  output: 'agent.blob',
  disableExperimentalSEAWarning: true,
  execArgv: ['--disable-sigusr1'],
  execArgvExtension: 'cli',
};

/**
 * Bundles the agent's sources into one file of JavaScript. The package ships it, so that whoever has installed the
 * package can build the agent without its sources.
 *
 * @param root the checkout
 */
export function bundleAgent(root: string, outfile: string): void {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  buildSync({
    entryPoints: [join(root, 'agent/main.ts')],
    outfile,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'eof',
    define: { AGENT_VERSION: JSON.stringify(version) },
  });
}

/**
 * The agent's code, as the blob that {@link writeProgram} puts into Node's binary. It holds no machine code, so that
 * one fits every architecture, and no path of the machine it is built on.
 *
 * @param node a Node of the version that the blob is for, which this machine can run
 * @param folder holds {@link BUNDLE}; it is left with the blob in it
 * @returns path of the blob
 */
export function writeBlob(node: string, folder: string): string {
  writeFileSync(join(folder, 'sea.json'), JSON.stringify(SEA));
  // Relative names: the blob holds them.
  execFileSync(node, ['--experimental-sea-config', 'sea.json'], { cwd: folder, stdio: 'pipe' });
  return join(folder, SEA.output);
}

/**
 * Writes one file that is Node, without its symbols, and the agent.
 *
 * @param node Node's binary for the architecture
 */
export async function writeProgram(file: string, node: string, blob: string): Promise<void> {
  writeFileSync(file, strip(readFileSync(node)));
  await loadInjector()(file, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: FUSE });
  chmodSync(file, 0o755);
}
