import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { buildAgent } from '../../agent/build/agent';
import { buildPackages } from '../../agent/build/packages';
import { bundleAgent } from '../../agent/build/program';
import { NODE_VERSION, RUNTIMES } from '../../agent/build/runtime';
import { PARTS } from '../../cli/parts';
import { dependencies, name, peerDependencies, version } from '../../package.json';
import { bill, bundledPackages, lockedPackage } from './sbom';
import { signSums, writeSums } from './sums';

const ROOT = resolve(__dirname, '../..');

/** Everything that is released: the package, the agent, what both are made of, and checksums of it all. */
async function release(folder: string, key?: string): Promise<void> {
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty`);
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const agent = join(ROOT, 'lib/agent');
  await buildAgent({
    writeBundle: (file) => bundleAgent(ROOT, file),
    target: agent,
    scratch: join(ROOT, '.meshferry'),
    say: console.log,
  });
  for (const format of ['deb', 'rpm'] as const) {
    const license = join(ROOT, 'LICENSE');
    buildPackages({ format, folder: agent, license, maintainer: name, say: console.log });
  }
  for (const file of readdirSync(agent).filter((file) => /\.(gz|deb|rpm)$/.test(file)))
    copyFileSync(join(agent, file), join(folder, file));
  writeFileSync(join(folder, `${name}-${version}.cdx.json`), packageBill());
  writeFileSync(join(folder, `${name}-agent-${version}.cdx.json`), agentBill());
  writeSums(folder);
  if (key !== undefined) signSums(folder, key);
}

function packageBill(): string {
  const apart = Object.keys({ ...dependencies, ...peerDependencies });
  const entryPoints = ['index.ts', 'cli/main.ts', ...PARTS.map((part) => `cli/${part}.ts`)];
  const installed = apart.map((each) => lockedPackage(ROOT, `node_modules/${each}`));
  return bill(name, [...bundledPackages(ROOT, entryPoints, apart), ...installed]);
}

function agentBill(): string {
  const nodes = Object.values(RUNTIMES).map((runtime) => ({
    ...runtime,
    license: 'MIT',
    version: NODE_VERSION,
  }));
  return bill(`${name}-agent`, [...bundledPackages(ROOT, ['agent/main.ts']), ...nodes]);
}

new Command('release')
  .description(
    'Builds what is released into a folder: package, agent, bills of materials, checksums, signature.',
  )
  .argument('<folder>', 'a folder that is empty, or does not exist')
  .option('--key <file>', 'SSH key that signs the checksums: a private key, or a public one of an ssh-agent')
  .action(async (to: string, { key }: { key?: string }) => {
    const folder = resolve(to);
    mkdirSync(folder, { recursive: true });
    await release(folder, key);
    console.log(readdirSync(folder).join('\n'));
  })
  .parseAsync()
  .catch((error: Error) => {
    console.error(`✖ ${error.message}`);
    process.exitCode = 1;
  });
