import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { inject } from 'postject';
import { type Architecture, NODE_VERSION, nodeBinary } from './runtime';
import { strip } from './strip';

const ROOT = resolve(__dirname, '../..');
/** Where the result goes, once all of it is there. */
const RESULT = join(ROOT, 'lib/agent');
const OUTPUT = `${RESULT}.${process.pid}`;
const ARCHITECTURES: readonly Architecture[] = ['x64', 'arm64'];
/** Marks the place in Node's binary that says whether a program is in it. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/**
 * Builds the agent as one file per architecture, without need of Node on the machine: lib/agent/. The same sources
 * give the same bytes, so that their checksums can be committed.
 */
async function build(): Promise<void> {
  mkdirSync(OUTPUT, { recursive: true });
  const version = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string })
    .version;
  const bundle = join(OUTPUT, 'agent.js');
  buildSync({
    entryPoints: [join(ROOT, 'agent/main.ts')],
    outfile: bundle,
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'eof',
    define: { AGENT_VERSION: JSON.stringify(version) },
  });
  const blob = join(OUTPUT, 'agent.blob');
  const config = join(OUTPUT, 'sea.json');
  writeFileSync(
    config,
    JSON.stringify({ main: 'agent.js', output: 'agent.blob', disableExperimentalSEAWarning: true }),
  );
  // The blob's form is that of the Node that makes it; it holds no machine code, so that it fits every architecture.
  // Relative names: the blob holds them, and is to be the same wherever it is built.
  execFileSync(nodeBinary('x64'), ['--experimental-sea-config', 'sea.json'], {
    cwd: OUTPUT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const sums: string[] = [];
  for (const architecture of ARCHITECTURES) {
    const name = `meshferry-agent-linux-${architecture}`;
    const file = join(OUTPUT, name);
    writeFileSync(file, strip(readFileSync(nodeBinary(architecture))));
    await inject(file, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: FUSE });
    chmodSync(file, 0o755);
    const built = readFileSync(file);
    const packed = gzipSync(built, { level: 9 });
    writeFileSync(`${file}.gz`, packed);
    sums.push(`${sha256(packed)}  ${name}.gz`, `${sha256(built)}  ${name}`);
    console.log(`${name}  ${megabytes(built)} MB, ${megabytes(packed)} MB compressed, Node ${NODE_VERSION}`);
  }
  writeFileSync(join(OUTPUT, 'SHA256SUMS'), `${sums.join('\n')}\n`);
  for (const scrap of [blob, config, bundle]) rmSync(scrap);
  rmSync(RESULT, { recursive: true, force: true });
  renameSync(OUTPUT, RESULT);
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function megabytes(content: Buffer): string {
  return (content.length / 1e6).toFixed(1);
}

build().catch((error: Error) => {
  rmSync(OUTPUT, { recursive: true, force: true });
  console.error(`✖ ${error.message}`);
  process.exitCode = 1;
});
