import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { license, version } from '../../package.json';
import { agentUnit } from '../join/agent-unit';
import { pathsUnder } from '../paths';
import { nfpm } from './nfpm';
import type { Architecture } from './runtime';

/** A package of a distribution's own kind. */
export type PackageFormat = 'deb' | 'rpm';

/** What packages are made from. */
export interface PackageOptions {
  readonly format: PackageFormat;
  /** Folder with the programs, as `buildAgent` leaves it; the packages are written into it. */
  readonly folder: string;
  /** File of the license. */
  readonly license: string;
  /** Who is named as the package's maintainer. */
  readonly maintainer: string;
  /** Gets a line before something that takes minutes. */
  readonly say: (line: string) => void;
}

/** By Go's names, which nfpm turns into those of deb and rpm. */
const ARCHITECTURES: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Programs of the machine that the agent calls, by the package that holds each. */
const DEPENDS: Readonly<Record<PackageFormat, readonly string[]>> = {
  deb: ['systemd', 'iptables', 'iproute2', 'sudo', 'hostname'],
  rpm: ['systemd', 'iptables', 'iproute', 'sudo', 'hostname'],
};

/** dpkg and rpm call these with words of their own: `remove`, `upgrade`, or how many versions will be left. */
const SCRIPTS = {
  postinstall: `#!/bin/sh
set -e
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
# After an upgrade a machine that is in the mesh goes on with the new program.
systemctl try-restart meshferry-agent.service
`,
  preremove: `#!/bin/sh
set -e
case "$1" in remove | 0) ;; *) exit 0 ;; esac
# Without the agent nobody could undo what it changed.
if grep -qs '"do"' /var/lib/meshferry/journal.json; then
  echo '✖ this machine is in the mesh → take it out first: meshferry-agent uninstall' >&2
  exit 1
fi
if [ -d /run/systemd/system ]; then systemctl disable --quiet --now meshferry-agent.service; fi
`,
  postremove: `#!/bin/sh
set -e
case "$1" in purge | 0) rm -rf /etc/meshferry /var/lib/meshferry /var/cache/meshferry ;; esac
case "$1" in
  remove | 0) if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi ;;
esac
`,
} as const;

/**
 * Packs the agent, with its unit, as a deb or an rpm for each architecture.
 *
 * @returns paths of the packages
 * @throws Error where no packager can be had
 */
export function buildPackages(options: PackageOptions): string[] {
  const { format, folder, say } = options;
  const work = mkdtempSync(join(tmpdir(), 'meshferry-package-'));
  try {
    const { packaged } = pathsUnder();
    writeFileSync(join(work, 'unit'), agentUnit(packaged.program, pathsUnder()));
    for (const [name, text] of Object.entries(SCRIPTS)) writeFileSync(join(work, name), text);
    for (const architecture of Object.keys(ARCHITECTURES) as Architecture[]) {
      const config = join(work, `${architecture}.yaml`);
      writeFileSync(config, stringify(description(options, architecture)));
      nfpm(['package', '--config', config, '--packager', format, '--target', resolve(folder)], work, say);
    }
    return readdirSync(folder)
      .filter((file) => file.endsWith(`.${format}`))
      .map((file) => join(folder, file));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @see https://nfpm.goreleaser.com/docs/configuration/ */
function description(
  { format, folder, license: licenseFile, maintainer }: PackageOptions,
  architecture: Architecture,
): object {
  const { packaged } = pathsUnder();
  const file = (src: string, dst: string, mode: number) => ({ src, dst, file_info: { mode } });
  return {
    name: 'meshferry-agent',
    arch: ARCHITECTURES[architecture],
    version,
    section: 'net',
    maintainer,
    description: 'Brings a virtual machine into an Istio mesh, and keeps it there.',
    license,
    depends: DEPENDS[format],
    contents: [
      file(resolve(folder, `meshferry-agent-linux-${architecture}`), packaged.program, 0o755),
      file('unit', packaged.unit, 0o644),
      file(licenseFile, '/usr/share/doc/meshferry-agent/copyright', 0o644),
    ],
    scripts: Object.fromEntries(Object.keys(SCRIPTS).map((name) => [name, name])),
  };
}
