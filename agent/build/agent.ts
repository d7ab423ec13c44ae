import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'fflate';
import { version } from '../../package.json';
import { attempt } from './attempt';
import { BUNDLE, writeBlob, writeProgram } from './program';
import { publish } from './publish';
import { type Architecture, NODE_VERSION, RUNTIMES, unpackNode } from './runtime';

const ARCHITECTURES: readonly Architecture[] = ['x64', 'arm64'];

/** A program that was built, and its packed form beside it, as `<name>.gz`. */
export interface BuiltProgram {
  readonly architecture: Architecture;
  readonly name: string;
  /** SHA-256 of the packed program, which `agentDownload.checksums` takes. */
  readonly packedSha256: string;
  readonly sha256: string;
}

/** What the agent is built from, and where. */
export interface BuildOptions {
  /** Writes the agent's code as one file of JavaScript: the path is where. */
  readonly writeBundle: (file: string) => void;
  /** Folder that is left with the programs, packed and not, and SHA256SUMS, and nothing else. */
  readonly target: string;
  /** Folder to work in, as `publish` takes it. */
  readonly scratch: string;
  /** Gets a line about each program. */
  readonly say: (line: string) => void;
}

/**
 * Builds the agent as one file per architecture, without need of Node on the machine. The same code gives the same
 * bytes, so that their checksums can be committed.
 *
 * @throws Error on other systems than Linux on x64 or arm64, or where a program that was built does not run
 */
export async function buildAgent({
  writeBundle,
  target,
  scratch,
  say,
}: BuildOptions): Promise<readonly BuiltProgram[]> {
  let programs: readonly BuiltProgram[] = [];
  await publish(target, scratch, async (folder) => {
    programs = await buildPrograms(writeBundle, folder, say);
  });
  return programs;
}

async function buildPrograms(
  writeBundle: BuildOptions['writeBundle'],
  folder: string,
  say: BuildOptions['say'],
): Promise<readonly BuiltProgram[]> {
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const nodes = new Map(ARCHITECTURES.map((each) => [each, join(scratch, `node-${each}`)]));
  for (const [architecture, node] of nodes) unpackNode(RUNTIMES[architecture], node);
  const runnable = nodes.get(process.arch as Architecture);
  if (process.platform !== 'linux' || runnable === undefined) {
    throw new Error(
      `the agent is built on Linux, x64 or arm64, and this is ${process.platform} ${process.arch}`,
    );
  }
  writeBundle(join(scratch, BUNDLE));
  const blob = writeBlob(runnable, scratch);
  const programs: BuiltProgram[] = [];
  for (const [architecture, node] of nodes) {
    const name = `meshferry-agent-linux-${architecture}`;
    const file = join(folder, name);
    await writeProgram(file, node, blob);
    const built = readFileSync(file);
    // zlib's packing differs from processor to processor; this one's does not.
    const packed = gzipSync(built, { level: 6, mtime: 0 });
    writeFileSync(`${file}.gz`, packed);
    programs.push({ architecture, name, packedSha256: sha256(packed), sha256: sha256(built) });
    say(`${name}  ${megabytes(built)} MB, ${megabytes(packed)} MB compressed, Node ${NODE_VERSION}`);
    say(`  ${attempt(file, architecture, version)}`);
  }
  writeFileSync(join(folder, 'SHA256SUMS'), checksumLines(programs));
  rmSync(scratch, { recursive: true });
  return programs;
}

/** The lines of SHA256SUMS. */
export function checksumLines(programs: readonly BuiltProgram[]): string {
  return programs
    .map(({ name, packedSha256, sha256 }) => `${packedSha256}  ${name}.gz\n${sha256}  ${name}\n`)
    .join('');
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function megabytes(content: Uint8Array): string {
  return (content.length / 1e6).toFixed(1);
}
