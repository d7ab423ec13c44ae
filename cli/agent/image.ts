import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { UsageError } from '../errors';

const ENGINES = ['docker', 'podman'] as const;

/**
 * Builds the image that serves the programs of a folder.
 *
 * @param root folder of the package, or of the checkout
 * @returns name of the program that built it
 * @throws UsageError where no such program is installed, or it fails
 */
export function buildImage(root: string, folder: string, tag: string, base: string | undefined): string {
  const engine = ENGINES.find((name) => spawnSync(name, ['--version']).status === 0);
  if (!engine)
    throw new UsageError(`✖ ${ENGINES.join(' or ')} is needed to build an image, and not installed here`);
  const file = ['--file', join(root, 'agent/image/Containerfile')];
  const args = ['build', '--tag', tag, ...file, ...(base ? ['--build-arg', `BASE=${base}`] : []), folder];
  const { status } = spawnSync(engine, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new UsageError(`✖ ${engine} does not build ${tag}: what it said stands above`);
  return engine;
}
