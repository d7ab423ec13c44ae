import { copyFileSync, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type BuiltProgram, buildAgent } from '../../agent/build/agent';
import { bundleAgent } from '../../agent/build/program';

/** Where the commands leave and look for the programs. */
export const DEFAULT_FOLDER = 'meshferry-agent';

/**
 * Builds the agent's programs into a folder, from the code that the package ships, or from the sources of a checkout.
 *
 * @param root folder of the package, or of the checkout
 */
export function buildPrograms(root: string, folder: string): Promise<readonly BuiltProgram[]> {
  const shipped = join(root, 'lib/agent.js');
  const isCheckout = existsSync(join(root, 'agent/main.ts'));
  return buildAgent({
    writeBundle: (file) => (isCheckout ? bundleAgent(root, file) : copyFileSync(shipped, file)),
    target: resolve(folder),
    scratch: join(dirname(resolve(folder)), '.meshferry'),
    say,
  });
}

/** Builds the programs where the folder holds none. */
export async function ensurePrograms(root: string, folder: string): Promise<void> {
  if (!existsSync(join(folder, 'SHA256SUMS'))) await buildPrograms(root, folder);
}

/** How far something is that takes minutes; the standard output has the result alone. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
