import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { license, name, version } from '../../package.json';

/** A part of what ships. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity: `sha512-` and base64. */
  readonly integrity: string;
  readonly license?: string;
}

/**
 * The npm packages whose code is in a program, as the bundler reads them. A list of dependencies would not do: most of
 * what ships is bundled, and no dependency of the package.
 *
 * @param root the checkout
 * @param entryPoints its TypeScript files
 * @param external packages that are not bundled
 */
export function bundledPackages(
  root: string,
  entryPoints: readonly string[],
  external: readonly string[] = [],
): Component[] {
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: [...entryPoints],
    outdir: 'unwritten',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    external: [...external],
  });
  const folders = Object.keys(metafile.inputs).flatMap(
    (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  );
  return [...new Set(folders)].sort().map((folder) => lockedPackage(root, folder));
}

/** What the lock file says of a package. @param folder its path, as the lock file has it */
export function lockedPackage(root: string, folder: string): Component {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Omit<Component, 'name'> | undefined>>;
  };
  const locked = lock.packages[folder];
  if (!locked) throw new Error(`${folder} is not in package-lock.json`);
  return { ...locked, name: folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length) };
}

/**
 * A bill of materials in CycloneDX: what a program is made of. The same parts give the same bytes, so it holds no time
 * and no serial number.
 *
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function bill(program: string, parts: readonly Component[]): string {
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        'bom-ref': program,
        type: 'application',
        name: program,
        version,
        licenses: [{ license: { id: license } }],
        ...(program === name && { purl: purl({ name, version }) }),
      },
    },
    components: parts.map((part) => ({
      'bom-ref': purl(part),
      type: 'library',
      name: part.name,
      version: part.version,
      purl: purl(part),
      hashes: [{ alg: 'SHA-512', content: sha512(part) }],
      ...(part.license && { licenses: [{ expression: part.license }] }),
    })),
    dependencies: [{ ref: program, dependsOn: parts.map(purl) }],
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

function purl({ name, version }: Pick<Component, 'name' | 'version'>): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function sha512({ name, integrity }: Component): string {
  const [, base64] = /^sha512-(\S+)$/.exec(integrity) ?? [];
  if (!base64) throw new Error(`${name} has no SHA-512 in package-lock.json`);
  return Buffer.from(base64, 'base64').toString('hex');
}
