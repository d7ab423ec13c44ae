import { run } from './run';

/** Debian packages that the local provider uses, by the exact names apt knows. */
export const DEBIAN_PACKAGES: readonly string[] = [
  'conntrack',
  'containerd',
  'containernetworking-plugins',
  'curl',
  'debootstrap',
  'dpkg',
  'etcd-server',
  'ethtool',
  'iproute2',
  'iptables',
  'openssl',
  'podman',
  'procps',
  'python3',
  'python3-pip',
  'runc',
  'socat',
  'tar',
  'unzip',
  'util-linux',
];

/** Packages of {@link DEBIAN_PACKAGES} that are not installed, from what `dpkg --get-selections` prints. */
export function missingPackages(selections: string): string[] {
  const lines = selections.split('\n').map((line) => line.split(/\s+/));
  const installed = new Set(
    lines.filter(([, state]) => state === 'install').map(([name]) => name?.split(':')[0]),
  );
  return DEBIAN_PACKAGES.filter((name) => !installed.has(name));
}

/** What installs packages: only them and what they cannot be without. */
export function installCommand(packages: readonly string[]): string[] {
  return ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
}

/**
 * Installs the Debian packages that are missing.
 *
 * @param say gets a line about what is installed
 * @throws Error with the exact command if this process may not install packages
 */
export async function ensurePackages(say: (line: string) => void): Promise<void> {
  const missing = missingPackages(await run('dpkg', ['--get-selections']));
  if (missing.length === 0) return;
  const command = installCommand(missing);
  if (process.getuid?.() !== 0) {
    throw new Error(`Debian packages are missing: install them with\n  sudo ${command.join(' ')}`);
  }
  say(`installing Debian packages: ${command.join(' ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env });
  await run(command[0] as string, command.slice(1), { env });
}
