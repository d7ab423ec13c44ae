import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { UsageError } from '../errors';
import type { Host } from '../host';
import { type Dependency, dependencyOn } from './installation';
import { packageJson, starterFiles } from './starter';
import { WORKFLOWS } from './workflows';

const HELP = `
Lays out a GitOps repository with one migration to change to your needs. A file that exists is never overwritten; a
package.json that exists keeps what it says, and gets the scripts and the dependency that it lacks.

If meshferry was installed from a tarball, the tarball is copied to vendor/, and the repository depends on it there.

Exit codes: 0 laid out, 2 files are in the way.

Examples:
  $ mkdir migrations-of-ours && cd migrations-of-ours && npx meshferry init
  $ npx meshferry init migrations-of-ours
  $ npx meshferry init --ci github
  $ npx --package=./meshferry-0.1.0.tgz meshferry init migrations-of-ours`;

/** `meshferry init`: a repository of the user's own. */
export function initCommand({ root }: Pick<Host, 'root'>): Command {
  return new Command('init')
    .description('start a repository of migrations')
    .argument('[folder]', 'the folder', '.')
    .addOption(
      new Option('--ci <forge>', 'with workflows that check each pull request').choices(['github', 'gitlab']),
    )
    .addHelpText('after', HELP)
    .action((folder: string, { ci }: { ci?: keyof typeof WORKFLOWS }) => {
      const dependency = dependencyOn(root, folder);
      const workflows = ci ? WORKFLOWS[ci].map(({ path, text }) => [path, text] as const) : [];
      const files = { ...starterFiles(), ...Object.fromEntries(workflows) };
      refuseFilesInTheWay(folder, [
        ...Object.keys(files),
        ...(dependency.tarball ? [dependency.tarball.to] : []),
      ]);
      const written = [...write(folder, files), ...install(folder, dependency)];
      process.stdout.write(`${written.map((file) => `  ${file}`).join('\n')}\n${NEXT(folder)}`);
    });
}

function refuseFilesInTheWay(folder: string, files: readonly string[]): void {
  const inTheWay = files.filter((file) => existsSync(join(folder, file)));
  if (inTheWay.length === 0) return;
  throw new UsageError(
    `✖ ${resolve(folder)} holds ${inTheWay.join(', ')} already; choose an empty folder, or move them away`,
  );
}

function write(folder: string, files: Readonly<Record<string, string>>): string[] {
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    // `wx`: not over a file that came meanwhile either.
    writeFileSync(path, text, { flag: 'wx' });
  }
  return Object.keys(files);
}

/** package.json, and the tarball that it depends on, where there is one. */
function install(folder: string, { spec, tarball }: Dependency): string[] {
  const path = join(folder, 'package.json');
  const before = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  writeFileSync(path, packageJson(basename(resolve(folder)), spec, before));
  if (!tarball) return ['package.json'];
  const copy = join(folder, tarball.to);
  mkdirSync(dirname(copy), { recursive: true });
  copyFileSync(tarball.from, copy);
  return ['package.json', tarball.to];
}

const NEXT = (folder: string) => `
Next:
  ${folder === '.' ? '' : `cd ${folder} && `}npm install              writes package-lock.json, which \`npm ci\` reads in CI
  npm run synth            renders migrations/ into dist/
  npm run plan             the phases, and which is current
  git init && git add --all && git commit -m 'Start'
README.md leads on from there: to the facts of your mesh, a machine in it, and the first pull request.
`;
