import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { dependencies, version } from '../package.json';
import { UsageError } from './errors';

const HELP = `
Lays out a GitOps repository with one migration to change to your needs. A file that exists is never overwritten.

Exit codes: 0 laid out, 2 files are in the way.

Examples:
  $ mkdir migrations-of-ours && cd migrations-of-ours && npx meshferry init
  $ npx meshferry init migrations-of-ours`;

/** `meshferry init`: a repository of the user's own. */
export function initCommand(): Command {
  return new Command('init')
    .description('start a repository of migrations')
    .argument('[folder]', 'the folder', '.')
    .addHelpText('after', HELP)
    .action((folder: string) => {
      const files = repository(basename(resolve(folder)));
      const inTheWay = Object.keys(files).filter((file) => existsSync(join(folder, file)));
      if (inTheWay.length > 0) {
        throw new UsageError(
          `✖ ${resolve(folder)} holds ${inTheWay.join(', ')} already; choose an empty folder, or move them away`,
        );
      }
      for (const [file, text] of Object.entries(files)) {
        const path = join(folder, file);
        mkdirSync(dirname(path), { recursive: true });
        // `wx`: not over a file that came meanwhile either.
        writeFileSync(path, text, { flag: 'wx' });
      }
      process.stdout.write(
        `${Object.keys(files)
          .map((file) => `  ${file}`)
          .join('\n')}\n${NEXT(folder)}`,
      );
    });
}

const NEXT = (folder: string) => `
Next:
  ${folder === '.' ? '' : `cd ${folder} && `}npm install
  npm run synth            renders migrations/ into dist/
  npm run plan             the phases, and which is current
Then say in migrations/mesh.yaml and migrations/analytics.yaml what is true of yours.
`;

/** The repository's files by path. */
function repository(folder: string): Record<string, string> {
  const name =
    folder
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replaceAll(/^[._-]+|[._-]+$/g, '') || 'migrations';
  return {
    'package.json': json({
      name,
      version: '0.1.0',
      private: true,
      scripts: {
        synth: 'meshferry synth',
        plan: 'meshferry plan',
        verify: 'meshferry verify dist',
        check: 'meshferry synth --check && meshferry verify dist',
      },
      dependencies: {
        cdk8s: dependencies.cdk8s,
        'cdk8s-plus-27': dependencies['cdk8s-plus-27'],
        constructs: dependencies.constructs,
        meshferry: version,
      },
    }),
    'cdk8s.yaml': 'language: typescript\napp: node_modules/.bin/meshferry synth\noutput: dist\n',
    'tsconfig.json': json({
      compilerOptions: {
        target: 'ES2022',
        module: 'commonjs',
        esModuleInterop: true,
        strict: true,
        skipLibCheck: true,
        noEmit: true,
      },
      include: ['*.ts'],
    }),
    'main.ts': "import { renderMigrations } from 'meshferry';\n\nrenderMigrations();\n",
    '.gitignore': 'node_modules/\n',
    'migrations/mesh.yaml': MESH,
    'migrations/analytics.yaml': MIGRATION,
    'README.md': README,
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

const MESH = `# yaml-language-server: $schema=../node_modules/meshferry/schema/mesh.schema.json
# Facts of the Istio installation.
istio: "1.24"
network: network1
`;

const MIGRATION = `# yaml-language-server: $schema=../node_modules/meshferry/schema/migration.schema.json
# One service on its way from a virtual machine into Kubernetes.
namespace: default

# The current phase: change this word, one phase at a time. \`npm run plan\` lists them.
phase: onboard

# The first word of a port's name is its protocol.
ports:
  http: 8080

kubernetes:
  image: registry.example/analytics:1.0.0
`;

const README = `# Migrations

Services on their way from virtual machines into Kubernetes, with [meshferry](https://www.npmjs.com/package/meshferry).

- \`migrations/\` says what is wanted; \`phase\` in each file says how far it has come.
- \`dist/\` is rendered from it and committed: it is what the cluster gets, and what a reviewer reads.

    npm install
    npm run synth      # render
    npm run plan       # the phases
    npm run verify     # hold the rendering against schemas, Istio and itself
`;
