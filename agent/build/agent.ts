import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'fflate';
import { version } from '../../package.json';
import { attempt } from './attempt';
import { writeBlob, writeProgram } from './program';
import { type Architecture, NODE_VERSION, RUNTIMES, unpackNode } from './runtime';

const ROOT = resolve(__dirname, '../..');
const ARCHITECTURES: readonly Architecture[] = ['x64', 'arm64'];

/** A program that was built, and its packed form beside it, as `<name>.gz`. */
export interface BuiltProgram {
  readonly architecture: Architecture;
  readonly name: string;
  /** SHA-256 of the packed program, which `agentDownload.checksums` takes. */
  readonly packedSha256: string;
  readonly sha256: string;
}

/**
 * Builds the agent as one file per architecture, without need of Node on the machine. The same sources give the same
 * bytes, so that their checksums can be committed.
 *
 * @param folder an empty folder: it is left with the programs, packed and not, and SHA256SUMS
 * @param say gets a line about each program
 * @throws Error on other systems than Linux on x64 or arm64, or where a program that was built does not run
 */
export async function buildAgent(
  folder: string,
  say: (line: string) => void = () => {},
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
  const blob = writeBlob(ROOT, runnable, scratch);
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
