import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  createReadStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AgentConfig } from '../config';
import { Failure } from '../failure';
import { run } from './command';
import type { Distribution } from './distribution';
import { type DownloadLimits, download } from './download';
import type { Step } from './journal';

export const PACKAGE = 'istio-sidecar';
/** Free space for the download and what is unpacked from it. */
const NEEDED_BYTES = 400 << 20;
/** Folders that the package's own script creates and no package manager removes. */
const LEFT_BEHIND = ['/etc/istio', '/var/lib/istio', '/var/log/istio', '/etc/certs'];

/**
 * Any version in the place of any other, or of itself where a part was lost. Istio signs no packages, and rpm 6 asks
 * for a signature: {@link fetchPackage} has verified the checksum.
 */
const RPM_UPGRADE = ['--upgrade', '--oldpackage', '--replacepkgs', '--nosignature'] as const;

/** Version of the installed sidecar, or undefined. */
export async function installedVersion({ type }: Distribution): Promise<string | undefined> {
  const result =
    type === 'deb'
      ? // biome-ignore lint/suspicious/noTemplateCurlyInString: these are dpkg's own placeholders
        await run('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Version}', PACKAGE])
      : await run('rpm', ['-q', '--qf', 'installed %{VERSION}', PACKAGE]);
  const [state, version] = result.stdout.trim().split(' ');
  return result.code === 0 && state === 'installed' ? version : undefined;
}

/** Programs that Istio's start script calls. */
export const NEEDED_PROGRAMS = ['iptables', 'ip', 'sudo', 'hostname'] as const;

/** Address of the package for this machine. */
export function packageUrl(config: AgentConfig['package'], version: string, { type }: Distribution): string {
  // Istio's names: istio-sidecar.deb is amd64's.
  const arch = process.arch === 'arm64' ? '-arm64' : '';
  return config.url.replaceAll('{version}', version).replaceAll('{type}', type).replaceAll('{arch}', arch);
}

/** `1.22` of `1.22.3-distroless`; undefined where a version has no such form (`dev`). */
export function minorOf(version: string): string | undefined {
  return /^v?(\d+\.\d+)(\.|$|-)/.exec(version)?.[1];
}

/** Istio's packages have some 40 MB. */
const LIMITS: DownloadLimits = { bytes: 300 << 20, totalMs: 900_000, silenceMs: 20_000 };

/**
 * Fetches the package into the cache, its checksum verified before anything reads it. The checksum comes from git or
 * from the command line: whoever changes a package where it is can change what lies beside it too.
 *
 * @returns the file
 * @throws Failure `package`, `checksum` or `disk-full`
 */
export async function fetchPackage(
  config: AgentConfig['package'],
  url: string,
  cache: string,
): Promise<string> {
  const promised = config.sha256 ?? [];
  if (promised.length === 0) {
    throw new Failure(
      'checksum',
      `no SHA-256 is set for ${url}`,
      'take it from a source that you trust: meshferry-agent set package --sha256 <hex>, or agentDownload.package in mesh.yaml',
    );
  }
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  const file = join(cache, `${createHash('sha256').update(url).digest('hex').slice(0, 16)}.package`);
  if (existsSync(file) && promised.includes(await sha256(file))) return file;
  const { bavail, bsize } = statfsSync(cache);
  if (bavail * bsize < NEEDED_BYTES) {
    throw new Failure(
      'disk-full',
      `${cache} has ${Math.floor((bavail * bsize) / 2 ** 20)} MB left, and the sidecar's package needs ${NEEDED_BYTES >> 20} MB`,
      'free some disk space, then run it again',
    );
  }
  const part = `${file}.part`;
  const plainHttp = config.plainHttp ?? false;
  const is = await download(url, part, { plainHttp, limits: LIMITS });
  if (!promised.includes(is)) {
    rmSync(part, { force: true });
    throw new Failure(
      'checksum',
      `the package at ${url} has SHA-256 ${is}, but ${promised.join(' or ')} is expected`,
      'do not install it by hand; see who changed it, or correct the checksum: meshferry-agent set package <url> --sha256 <hex>',
    );
  }
  renameSync(part, file);
  return file;
}

/** Version of the package file, or undefined if no tool on this machine can read it. */
export async function versionOfFile(file: string, { type }: Distribution): Promise<string | undefined> {
  const result =
    type === 'deb'
      ? await run('dpkg-deb', ['-f', file, 'Version'])
      : await run('rpm', ['-qp', '--qf', '%{VERSION}', file]);
  return result.code === 0 ? result.stdout.trim() : undefined;
}

/** How to undo the installation: taken before it, since the step says what was there. */
export async function packageStep({ type }: Distribution): Promise<Step & { do: 'package' }> {
  return {
    do: 'package',
    type,
    name: PACKAGE,
    leaves: LEFT_BEHIND.filter((path) => !existsSync(path)),
    userBefore: (await run('getent', ['passwd', 'istio-proxy'])).code === 0,
  };
}

/** @throws Failure `package` with the last lines that the package manager printed */
export async function installPackage(file: string, { type }: Distribution): Promise<void> {
  const result =
    type === 'deb'
      ? await run('dpkg', ['--install', '--force-confold', file], { timeoutMs: 300_000 })
      : await run('rpm', [...RPM_UPGRADE, file], { timeoutMs: 300_000 });
  if (result.code === 0) return;
  const words = (result.stderr || result.stdout).trim().split('\n').slice(-3).join(' / ');
  // On a read-only file system, rpm reports that there is no space.
  const [, full] = /needs \w+ (?:more space )?on the (\S+) filesystem/.exec(result.stderr) ?? [];
  if (/Read-only file system/i.test(result.stderr) || (full && isReadOnly(full))) {
    throw new Failure(
      'read-only',
      `the sidecar cannot be installed: ${words}`,
      'mount the file system writable, then run it again',
    );
  }
  if (/No space left/i.test(result.stderr) || full) {
    throw new Failure(
      'disk-full',
      `the disk filled up while the sidecar was installed: ${words}`,
      'free some disk space, then run it again',
    );
  }
  throw new Failure(
    'package',
    `the sidecar's package does not install: ${words}`,
    `see why: ${type === 'deb' ? 'dpkg -i' : 'rpm -U'} ${file}`,
  );
}

/** Removes the package, and what its script created. */
export async function removePackage(step: Step & { do: 'package' }): Promise<void> {
  await run('systemctl', ['stop', 'istio']);
  if (step.type === 'deb') await run('dpkg', ['--purge', '--force-remove-reinstreq', step.name]);
  else await run('rpm', ['--erase', step.name]);
  for (const path of step.leaves) rmSync(path, { recursive: true, force: true });
  if (!step.userBefore) {
    await run('userdel', ['istio-proxy']);
    await run('groupdel', ['istio-proxy']);
  }
  await run('systemctl', ['daemon-reload']);
}

function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
