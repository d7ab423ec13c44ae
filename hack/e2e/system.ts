import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Names of test/system.js that every scenario and the walk-through need of this machine. */
const COMMON = ['git', 'jq'];

const PROGRAM = resolve(__dirname, '../../test/system.js');

/**
 * Checks what this machine has to offer, before a lab is built for minutes, and installs what is missing where that is
 * possible: as root, on Debian.
 *
 * @param names of test/system.js, besides what every scenario needs
 * @throws Error if something is missing still; what it is for, and how to install it, is on the standard error
 */
export function ensureSystem(names: readonly string[] = []): void {
  const wanted = [...new Set([...COMMON, ...names])];
  const { status } = spawnSync(process.execPath, [PROGRAM, '--install', ...wanted], { stdio: 'inherit' });
  if (status !== 0) throw new Error('this machine lacks what the lines above name');
}
