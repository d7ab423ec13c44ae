import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const REGISTER = require.resolve('ts-node/register/transpile-only');

/** What os-release(5) says on a RHEL-like machine; single quotes, since some write them. */
const OS_RELEASE = `NAME='Rocky Linux'
ID='rocky'
ID_LIKE="rhel centos fedora"
PRETTY_NAME="Rocky Linux 9.5 (Blue Onyx)"
`;

/** As Istio's own packaging makes it: its files, its configuration files, what it needs, and its script. */
function sidecarSpec(version: string): string {
  return `Name: istio-sidecar
Version: ${version}
Release: 1
Summary: Istio Sidecar
License: Apache
Vendor: istio.io
Requires: iproute
Requires: iptables
Requires: sudo
Requires: hostname
%description
Istio Sidecar
%prep
%build
%install
cd %{buildroot}
install -D -m 755 /dev/null usr/local/bin/envoy
head -c 8000000 /dev/zero > usr/local/bin/envoy
for program in pilot-agent istio-start.sh; do printf '#!/bin/sh\\n' > usr/local/bin/$program; chmod 755 usr/local/bin/$program; done
install -d lib/systemd/system var/lib/istio/envoy
printf '[Service]\\nExecStart=/usr/local/bin/istio-start.sh\\n' > lib/systemd/system/istio.service
echo '# ${version}' > var/lib/istio/envoy/sidecar.env
echo '{}' > var/lib/istio/envoy/envoy_bootstrap_tmpl.json
%post
getent passwd istio-proxy > /dev/null || { groupadd --system istio-proxy; useradd --system --gid istio-proxy --home-dir /var/lib/istio istio-proxy; }
[ -e /etc/istio ] || ln -s /var/lib/istio /etc/istio
mkdir -p /var/lib/istio/envoy /var/lib/istio/config /var/log/istio /etc/certs
touch /var/lib/istio/config/mesh
chown istio-proxy:istio-proxy /var/lib/istio/envoy /var/lib/istio/config/mesh /var/log/istio /etc/certs
chmod 2755 /usr/local/bin/envoy /usr/local/bin/pilot-agent
%files
/usr/local/bin/envoy
/usr/local/bin/pilot-agent
/usr/local/bin/istio-start.sh
/lib/systemd/system/istio.service
%config(noreplace) /var/lib/istio/envoy/sidecar.env
%config(noreplace) /var/lib/istio/envoy/envoy_bootstrap_tmpl.json
`;
}

/** What a RHEL-like machine has, and rpm's empty database on another does not know of. */
const DISTRIBUTION = `Name: distribution
Version: 1
Release: 1
Summary: What every machine has
License: none
BuildArch: noarch
Provides: iproute, iptables, sudo, hostname, /bin/sh, /bin/bash
%description
x
%files
`;

/**
 * A machine that takes rpm packages, as far as a Debian one can be it: the real rpm with a database of its own,
 * os-release of a RHEL-like, and /etc, /usr, /var and /run on top of this machine's, which are left as they are.
 */
export class RpmMachine {
  private readonly folder = mkdtempSync(join(tmpdir(), 'meshferry-rpm-'));

  /** Path of the sidecar's package of a version, once it is built. */
  sidecar(version: string): string {
    return join(this.folder, `istio-sidecar-${version}.rpm`);
  }

  /** Builds the sidecar's package of a version. */
  buildSidecar(version: string): void {
    copyFileSync(this.build(`istio-sidecar-${version}-1`, sidecarSpec(version)), this.sidecar(version));
  }

  /**
   * Runs TypeScript on a fresh machine: `agent('machine/package')` gives a module of the agent, `sh` runs a shell
   * line and gives what it prints.
   *
   * @param code body of an async function; what it returns is handed back, through JSON
   * @param macros lines of rpm's configuration
   */
  run<T>(code: string, macros: readonly string[] = []): T {
    const work = mkdtempSync(join(this.folder, 'machine-'));
    const program = join(work, 'program.js');
    writeFileSync(
      program,
      `const agent = (path) => require(${JSON.stringify(join(ROOT, 'agent'))} + '/' + path);
const sh = (line) => require('node:child_process').spawnSync('sh', ['-c', line + ' 2>&1'], { encoding: 'utf8' }).stdout.trim();
(async () => { ${code} })()
  .catch((error) => ({ threw: error.kind ?? error.stack, message: error.message, next: error.next }))
  .then((result) => require('node:fs').writeFileSync(${JSON.stringify(join(work, 'result'))}, JSON.stringify(result ?? null)))
  .then(() => process.exit());`,
    );
    const script = `set -e
mount --make-rprivate /
for each in etc usr var; do
  mkdir -p ${work}/$each/upper ${work}/$each/work
  mount -t overlay overlay -o lowerdir=/$each,upperdir=${work}/$each/upper,workdir=${work}/$each/work /$each
done
mount -t tmpfs tmpfs /run
rm -f /etc/os-release
cp ${work}/os-release /etc/os-release
export HOME=${work}/home
rpm --initdb
rpm --install --nosignature ${this.build('distribution-1-1', DISTRIBUTION)} 2> /dev/null
exec ${process.execPath} -r ${REGISTER} ${program}`;
    writeFileSync(join(work, 'os-release'), OS_RELEASE);
    mkdirSync(join(work, 'home'));
    writeFileSync(join(work, 'home/.rpmmacros'), ['%_dbpath /var/lib/rpm', ...macros, ''].join('\n'));
    chmodSync(work, 0o755);
    const { status, stderr, stdout } = spawnSync('unshare', ['--mount', 'bash', '-c', script], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the machine failed: ${stdout}${stderr}`);
    return JSON.parse(readFileSync(join(work, 'result'), 'utf8')) as T;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private readonly built = new Map<string, string>();

  private build(name: string, spec: string): string {
    const known = this.built.get(name);
    if (known) return known;
    const file = join(this.folder, `${name}.spec`);
    writeFileSync(file, spec);
    const top = join(this.folder, 'build');
    const printed = execFileSync(
      'rpmbuild',
      ['-bb', '--nodeps', '--define', `_topdir ${top}`, '--define', `_dbpath ${top}/db`, file],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const written = /^Wrote: (.*\.rpm)$/m.exec(printed)?.[1] ?? '';
    this.built.set(name, written);
    return written;
  }
}
