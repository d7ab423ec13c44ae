import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CACHE, type PinnedPackage, unpack, verifiedPackage } from './runtime';

/** Puts a blob into an executable, and marks it as holding one. @see https://github.com/nodejs/postject */
type Inject = (
  file: string,
  section: string,
  blob: Buffer,
  options: { readonly sentinelFuse: string },
) => Promise<void>;

/** Five megabytes that only a build needs, so that it is fetched by a build, as Node is, and no dependency. */
const POSTJECT: PinnedPackage = {
  name: 'postject',
  version: '1.0.0-alpha.6',
  integrity:
    'sha512-b9Eb8h2eVqNE8edvKdwqkrY6O7kAwmI8kcnBv1NScolYJbo59XUF0noFq+lxbC1yN20bmC0WBEbDC5H/7ASb0A==',
};

/**
 * The program that puts blobs into executables.
 *
 * @throws Error where the package cannot be had, or is not the one that is pinned
 */
export function loadInjector(): Inject {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-postject-'));
  try {
    const file = unpack(verifiedPackage(POSTJECT, CACHE), 'dist/api.js', folder);
    return (createRequire(file)(file) as { readonly inject: Inject }).inject;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
