import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'fflate';
import { version } from '../../package.json';
import { attempt } from './attempt';
import { writeBlob, writeProgram } from './program';
import { publish } from './publish';
import { type Architecture, NODE_VERSION, unpackNode } from './runtime';

const ROOT = resolve(__dirname, '../..');
const ARCHITECTURES: readonly Architecture[] = ['x64', 'arm64'];

/**
 * Builds the agent as one file per architecture, without need of Node on the machine: lib/agent/. The same sources
 * give the same bytes, so that their checksums can be committed.
 */
async function build(folder: string): Promise<void> {
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const nodes = new Map(ARCHITECTURES.map((each) => [each, unpackNode(each, scratch)]));
  const runnable = nodes.get(process.arch as Architecture);
  if (process.platform !== 'linux' || runnable === undefined) {
    throw new Error(
      `the agent is built on Linux, x64 or arm64, and this is ${process.platform} ${process.arch}`,
    );
  }
  const blob = writeBlob(ROOT, runnable, scratch);
  const sums: string[] = [];
  for (const [architecture, node] of nodes) {
    const name = `meshferry-agent-linux-${architecture}`;
    const file = join(folder, name);
    await writeProgram(file, node, blob);
    const built = readFileSync(file);
    // zlib's packing differs from processor to processor; this one's does not.
    const packed = gzipSync(built, { level: 6, mtime: 0 });
    writeFileSync(`${file}.gz`, packed);
    sums.push(`${sha256(packed)}  ${name}.gz`, `${sha256(built)}  ${name}`);
    console.log(`${name}  ${megabytes(built)} MB, ${megabytes(packed)} MB compressed, Node ${NODE_VERSION}`);
    console.log(`  ${attempt(file, architecture, version)}`);
  }
  writeFileSync(join(folder, 'SHA256SUMS'), `${sums.join('\n')}\n`);
  rmSync(scratch, { recursive: true });
  console.log(`\n${sums.join('\n')}`);
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function megabytes(content: Uint8Array): string {
  return (content.length / 1e6).toFixed(1);
}

publish(join(ROOT, 'lib/agent'), join(ROOT, '.meshferry'), build).catch((error: Error) => {
  console.error(`✖ ${error.message}`);
  process.exitCode = 1;
});
