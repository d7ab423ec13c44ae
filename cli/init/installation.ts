import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { version } from '../../package.json';
import { UsageError } from '../errors';

/** What a repository writes into its package.json to get the meshferry that laid it out. */
export interface Dependency {
  /** A version, or `file:` and a path from the repository. */
  readonly spec: string;
  /** The tarball to copy, and its path in the repository; absent where a registry or a folder has the package. */
  readonly tarball?: { readonly from: string; readonly to: string };
}

/** The entry of a package in npm's own record of what it installed. */
interface Installed {
  readonly resolved?: string;
  readonly integrity?: string;
}

/**
 * How a repository gets the meshferry that is running. What was installed from a tarball is on no registry: the tarball
 * then becomes a file of the repository, so that `npm ci` finds it in CI too.
 *
 * @param root folder of the package
 * @param repository folder of the new repository
 * @throws UsageError where the tarball is gone, or is another one by now
 */
export function dependencyOn(root: string, repository: string): Dependency {
  const real = realpathSync(root);
  const installed = installedAs(real);
  if (!installed && existsSync(join(real, 'cli/main.ts')))
    return { spec: `file:${relative(resolve(repository), real)}` };
  const file = /^file:(.*\.(?:tgz|tar\.gz))$/.exec(installed?.resolved ?? '')?.[1];
  if (file === undefined) return { spec: version };
  const from = resolve(real, '../..', file);
  checkTarball(from, installed?.integrity ?? '');
  const to = `vendor/meshferry-${version}.tgz`;
  return { spec: `file:${to}`, tarball: { from, to } };
}

/** @see https://docs.npmjs.com/cli/v10/configuring-npm/package-lock-json#hidden-lockfiles */
function installedAs(root: string): Installed | undefined {
  const record = join(root, '../.package-lock.json');
  if (!existsSync(record)) return undefined;
  const { packages = {} } = JSON.parse(readFileSync(record, 'utf8')) as {
    readonly packages?: Readonly<Record<string, Installed>>;
  };
  return packages['node_modules/meshferry'];
}

function checkTarball(file: string, integrity: string): void {
  const wayOut = 'install it again: npm install <the tarball>, then npx meshferry init';
  if (!existsSync(file))
    throw new UsageError(`✖ ${file}, which meshferry was installed from, is gone\n  way out: ${wayOut}`);
  const [algorithm = '', expected = ''] = integrity.split('-', 2);
  if (createHash(algorithm).update(readFileSync(file)).digest('base64') === expected) return;
  throw new UsageError(
    `✖ ${file} is another package than the one that meshferry was installed from\n  way out: ${wayOut}`,
  );
}
