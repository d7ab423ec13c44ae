import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { execa } from 'execa';
import { shellBlocks } from '../docs/blocks';
import { ensureParts } from '../lab/cache';
import { ensurePackages } from '../lab/debian';
import { rootFileSystem } from '../lab/parts/root-file-system';
import { cacheDirectory } from '../lab/paths';
import { elapsed, Progress } from '../lab/progress';
import { run } from '../lab/run';

const REPOSITORY = resolve(__dirname, '../..');

/** Where the package registries of this machine are configured, as far as the files exist. */
const REGISTRIES = [
  '/etc/apt/apt.conf.d',
  '/etc/apt/auth.conf.d',
  '/etc/apt/sources.list',
  '/etc/apt/sources.list.d',
  '/etc/pip.conf',
  '/etc/resolv.conf',
  '/etc/ssl/certs',
  '/usr/share/keyrings',
  '/root/.npmrc',
];

/** Variables that lead to registries, and nothing else of this machine's environment. */
const VARIABLES =
  /^(https?_proxy|no_proxy|GOPROXY|GONOSUMDB|GOSUMDB|SSL_CERT_\w+|NODE_EXTRA_CA_CERTS|PIP_\w+|npm_config_registry)$/i;

const program = new Command('bare')
  .description(
    "Runs the README's first commands in a bare Debian that has Node.js, Go and the package registries.",
  )
  .addHelpText(
    'after',
    `
The Debian is the lab's own, unpacked into a temporary folder, with a clone of what is committed here. It shares the
folder of built parts and Go's module cache with this machine, so that nothing is built or downloaded twice. The
commands are the blocks of README.md that are marked "run: bare".

Exit codes: 0 all of them ended with 0, 1 not.`,
  );

async function main(): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error('a root file system is entered by root alone: run it as root');
  const began = Date.now();
  const progress = new Progress();
  await ensurePackages((line) => progress.line(line)); // debootstrap, where no lab was built here yet
  const folders = await ensureParts(cacheDirectory(), [rootFileSystem], progress);
  const work = await mkdtemp(join(tmpdir(), 'meshferry-bare-'));
  try {
    const root = join(work, 'root');
    await progress.task('a bare Debian', async () => {
      await mkdir(root);
      await run('tar', ['-xf', join(folders(rootFileSystem), 'rootfs.tar'), '-C', root]);
      await rm(join(root, 'etc/apt/sources.list')); // debootstrap's; this machine's own come in below
      await run('git', ['clone', '--quiet', REPOSITORY, join(root, 'root/meshferry')]);
    });
    const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
    for (const { text } of shellBlocks(readme).filter((block) => block.run === 'bare'))
      await play(root, text);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  process.stderr.write(`✓ the README's first commands work on a bare machine (${elapsed(began)})\n`);
}

/** Runs one command in the root file system, as a login of root would. */
async function play(root: string, command: string): Promise<void> {
  const began = Date.now();
  process.stderr.write(`\n# ${command}\n`);
  const namespaces = ['--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc'];
  const enter = ['bash', join(__dirname, 'enter.sh'), root, ...(await shared()), '--', command];
  const variables = Object.entries(process.env).filter(([name]) => VARIABLES.test(name));
  await execa('unshare', [...namespaces, ...enter], {
    env: {
      ...Object.fromEntries(variables),
      HOME: '/root',
      PATH: '/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      MESHFERRY_LAB_CACHE: '/var/cache/meshferry-lab',
    },
    extendEnv: false,
    stdio: 'inherit',
  }).catch(() => {
    throw new Error(`it does not work on a bare machine: ${command}`);
  });
  process.stderr.write(`# ${elapsed(began)}\n`);
}

/** What is mounted into the root file system: `FROM:TO`, read-only, or `FROM:TO:rw`. */
async function shared(): Promise<string[]> {
  const goRoot = (await run('go', ['env', 'GOROOT'])).trim();
  const modules = (await run('go', ['env', 'GOMODCACHE'])).trim();
  const npm = dirname(dirname(realpathSync((await run('sh', ['-c', 'command -v npm'])).trim())));
  await mkdir(modules, { recursive: true });
  return [
    `${process.execPath}:/usr/local/bin/node`,
    `${npm}:/usr/local/lib/node_modules/npm`,
    `${goRoot}:/usr/local/go`,
    `${modules}:/root/go/pkg/mod:rw`,
    `${cacheDirectory()}:/var/cache/meshferry-lab:rw`,
    ...REGISTRIES.filter((path) => existsSync(path)).map((path) => `${path}:${path}`),
  ];
}

program.parse();
main().catch((error: Error) => {
  process.stderr.write(`✖ ${error.message}\n`);
  process.exitCode = 1;
});
