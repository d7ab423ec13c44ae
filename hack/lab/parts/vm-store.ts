import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run';
import { images } from './images';
import type { Part } from './part';

/** The VM image unpacked as podman stores it, read-only for every lab: no lab has to import it again. */
export const vmStore: Part = {
  name: 'vm-store',
  needs: [images],
  inputs: async () => ['podman store: overlay'],
  async build(out, { log, folder }) {
    const store = join(out, 'storage');
    await mkdir(store);
    // podman keeps locks and a record of this store under /run: of its own, so that the host's podman sees nothing
    const script =
      'mount -t tmpfs tmpfs /run && exec podman --root "$0" --runroot /run/c --storage-driver overlay load --quiet --input "$1"';
    await run('unshare', ['--mount', 'sh', '-c', script, store, join(folder(images), 'vm.tar')], {
      log,
      env: { TMPDIR: out },
    });
  },
};
