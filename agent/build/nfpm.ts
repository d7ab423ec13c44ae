import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './runtime';

/** The packager, from its Go module. @see https://nfpm.goreleaser.com */
const NFPM = { module: 'github.com/goreleaser/nfpm/v2/cmd/nfpm', version: 'v2.45.2' };

/** Time of all files in a package: the same program gives the same package. */
const EPOCH = Date.UTC(1980, 0, 1) / 1000;

/**
 * Runs nfpm: the one of the machine, or else one that Go builds and the cache keeps.
 *
 * @param folder where its configuration is
 * @param say gets a line before something that takes minutes
 * @throws Error where there is neither, or with what it said
 */
export function nfpm(args: readonly string[], folder: string, say: (line: string) => void): void {
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(EPOCH) };
  const { status, stdout, stderr, error } = spawnSync(findNfpm(say), args, {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`nfpm ${args[0]}: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
}

function findNfpm(say: (line: string) => void): string {
  if (spawnSync('nfpm', ['--version']).status === 0) return 'nfpm';
  const folder = join(CACHE, `nfpm-${NFPM.version}`);
  const program = join(folder, 'nfpm');
  if (existsSync(program)) return program;
  if (spawnSync('go', ['version']).status !== 0) {
    throw new Error(
      `a package is made by nfpm, and neither nfpm nor Go, which builds it, is installed here: install one of them`,
    );
  }
  say(`building nfpm ${NFPM.version} from its Go module, once`);
  const { status, stderr } = spawnSync('go', ['install', `${NFPM.module}@${NFPM.version}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: '-trimpath' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`Go does not build nfpm: ${stderr.trim()}`);
  return program;
}
