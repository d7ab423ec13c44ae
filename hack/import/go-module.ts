import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { unzipSync } from 'fflate';

/** One version of a Go module, by its path, version and the checksum that the Go checksum database has for it. */
export interface GoModule {
  readonly path: string;
  readonly version: string;
  /** `h1:` and the base64 SHA-256 over the sorted SHA-256 sums of the files, as go.sum holds it. */
  readonly sum: string;
}

/** Addresses of the Go module proxies to ask: those of $GOPROXY, else those that an installed Go is set up with. */
export function moduleProxies(): string[] {
  const setting =
    process.env.GOPROXY || spawnSync('go', ['env', 'GOPROXY'], { encoding: 'utf8' }).stdout || '';
  return setting
    .trim()
    .split(/[,|]/)
    .filter((proxy) => proxy.startsWith('http'));
}

/**
 * Downloads a module over the GOPROXY protocol and returns its files by their path in the module.
 *
 * @throws Error where no proxy of $GOPROXY answers, or the content is not what `sum` says
 * @see https://go.dev/ref/mod#goproxy-protocol
 */
export async function downloadModule(module: GoModule): Promise<Map<string, Uint8Array>> {
  const zip = await fetchZip(module);
  const files = unzipSync(zip);
  const sum = hash1(files);
  if (sum !== module.sum) {
    throw new Error(`${module.path}@${module.version} has the checksum ${sum}, but ${module.sum} is pinned`);
  }
  const prefix = `${module.path}@${module.version}/`;
  return new Map(Object.entries(files).map(([name, content]) => [name.slice(prefix.length), content]));
}

async function fetchZip(module: GoModule): Promise<Uint8Array> {
  const proxies = moduleProxies();
  if (proxies.length === 0) throw new Error('no Go module proxy is known: set GOPROXY to the address of one');
  const failures: string[] = [];
  for (const proxy of proxies) {
    try {
      const response = await fetch(
        `${proxy.replace(/\/$/, '')}/${escapePath(module.path)}/@v/${module.version}.zip`,
      );
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      failures.push(`answered ${response.status}`);
    } catch (error) {
      failures.push(String((error as Error).cause ?? error));
    }
  }
  throw new Error(
    `${module.path}@${module.version} cannot be downloaded: ${failures.join('; ')} (GOPROXY says where from)`,
  );
}

/** Upper case letters stand as `!` and the lower case one, so that case-insensitive file systems can hold modules. */
function escapePath(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

/** Go's "h1" hash of a module. */
function hash1(files: Record<string, Uint8Array>): string {
  const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data);
  const lines = Object.keys(files)
    .sort()
    .map((name) => `${sha256(files[name] ?? '').digest('hex')}  ${name}\n`);
  return `h1:${sha256(lines.join('')).digest('base64')}`;
}
