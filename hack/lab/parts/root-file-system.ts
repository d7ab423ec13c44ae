import { join } from 'node:path';
import { run } from '../run';
import type { Part } from './part';

const SUITE = 'bookworm';

/** What VMs and pods find on their disk, besides the smallest Debian. */
const PACKAGES = [
  'ca-certificates',
  'curl',
  'dbus',
  'hostname',
  'iproute2',
  'iptables',
  'jq',
  'openssh-server',
  'procps',
  'python3',
  'sudo',
  'systemd',
  'systemd-sysv',
];

/** A small Debian with systemd, as `rootfs.tar`: the lowest layer of every image. */
export const rootFileSystem: Part = {
  name: 'root-file-system',
  seconds: 50,
  inputs: async () => [SUITE, ...PACKAGES],
  async build(out, { log }) {
    const root = join(out, 'rootfs');
    // debootstrap mounts /proc in its target: in namespaces of its own, nothing stays if it is killed
    const apart = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const command = ['debootstrap', '--variant=minbase', `--include=${PACKAGES.join(',')}`, SUITE, root];
    await run('unshare', [...apart, ...command], { log });
    // an empty machine-id makes each VM choose its own at first start; what only apt uses would weigh 100 MB
    await run('sh', ['-c', ': > etc/machine-id; rm -rf var/cache/apt/* var/lib/apt/lists/* var/log/*.log'], {
      cwd: root,
      log,
    });
    await run('tar', ['--sort=name', '-cf', join(out, 'rootfs.tar'), '-C', root, '.'], { log });
    await run('rm', ['-rf', root]);
  },
};
