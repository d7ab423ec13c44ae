import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../run';
import { envoy } from './envoy';
import type { Part } from './part';
import { istio } from './pinned';

/** The package's file name in its part's folder. */
export const SIDECAR_FILE = 'istio-sidecar.deb';

const CONTROL = `Package: istio-sidecar
Version: 1.0.0~lab
Architecture: amd64
Maintainer: meshferry lab <root@localhost>
Depends: iproute2, iptables, sudo, hostname
Description: Istio's sidecar for virtual machines, with upstream's Envoy
`;

// what a person edits on the VM: kept when the package is installed again
const CONFFILES = '/var/lib/istio/envoy/sidecar.env\n/var/lib/istio/envoy/envoy_bootstrap_tmpl.json\n';

/** Where Istio's own packaging puts each file, as tools/packaging/packaging.mk lists them. */
const FILES: readonly {
  readonly part: Part;
  readonly from: string;
  readonly to: string;
  readonly mode: number;
}[] = [
  { part: istio, from: 'pilot-agent', to: 'usr/local/bin/pilot-agent', mode: 0o755 },
  { part: envoy, from: 'envoy', to: 'usr/local/bin/envoy', mode: 0o755 },
  packaging('istio-start.sh', 'usr/local/bin/istio-start.sh', 0o755),
  packaging('istio.service', 'lib/systemd/system/istio.service', 0o644),
  packaging('sidecar.env', 'var/lib/istio/envoy/sidecar.env', 0o644),
  packaging('envoy_bootstrap.json', 'var/lib/istio/envoy/envoy_bootstrap_tmpl.json', 0o644),
];

/** The Debian package that puts a sidecar on a VM: `istio-sidecar.deb` in the part's folder. */
export const sidecarPackage: Part = {
  name: 'sidecar-package',
  needs: [istio, envoy],
  inputs: async () => [CONTROL, JSON.stringify(FILES.map(({ from, to, mode }) => [from, to, mode]))],
  async build(out, { log, folder }) {
    const root = join(out, 'root');
    for (const { part, from, to, mode } of FILES) {
      const target = join(root, to);
      await mkdir(dirname(target), { recursive: true });
      await copyFile(join(folder(part), from), target);
      await chmod(target, mode);
    }
    await mkdir(join(root, 'DEBIAN'));
    await writeFile(join(root, 'DEBIAN', 'control'), CONTROL);
    await writeFile(join(root, 'DEBIAN', 'conffiles'), CONFFILES);
    const postinst = join(root, 'DEBIAN', 'postinst');
    await copyFile(join(folder(istio), 'tools', 'packaging', 'postinst.sh'), postinst);
    await chmod(postinst, 0o755);
    await run('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', root, join(out, SIDECAR_FILE)], {
      log,
    });
    await run('rm', ['-rf', root]);
  },
};

function packaging(from: string, to: string, mode: number) {
  return { part: istio, from: `tools/packaging/common/${from}`, to, mode };
}
