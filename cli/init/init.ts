import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { version } from '../../package.json';
import { UsageError } from '../errors';
import { WORKFLOWS } from './workflows';

const HELP = `
Lays out a GitOps repository with one migration to change to your needs. A file that exists is never overwritten.

Exit codes: 0 laid out, 2 files are in the way.

Examples:
  $ mkdir migrations-of-ours && cd migrations-of-ours && npx meshferry init
  $ npx meshferry init migrations-of-ours
  $ npx meshferry init --ci github`;

/** `meshferry init`: a repository of the user's own. */
export function initCommand(): Command {
  return new Command('init')
    .description('start a repository of migrations')
    .argument('[folder]', 'the folder', '.')
    .addOption(
      new Option('--ci <forge>', 'with workflows that check each pull request').choices(['github', 'gitlab']),
    )
    .addHelpText('after', HELP)
    .action((folder: string, { ci }: { ci?: keyof typeof WORKFLOWS }) => {
      const workflows = ci ? WORKFLOWS[ci].map(({ path, text }) => [path, text] as const) : [];
      const files = { ...repository(basename(resolve(folder))), ...Object.fromEntries(workflows) };
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
      dependencies: { meshferry: version },
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
    // The second is what a run that was killed leaves; the next one takes it away.
    '.gitignore': 'node_modules/\n.dist.meshferry-*/\n',
    'migrations/mesh.yaml': MESH,
    'migrations/analytics.yaml': MIGRATION,
    'README.md': README,
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

const MESH = `# yaml-language-server: $schema=../node_modules/meshferry/schema/mesh.schema.json
# Facts of your Istio installation, for every migration in this folder and below.
# The version, in quotes: \`istioctl version\` tells it.
istio: "1.24"
# The pods' network: global.network of istiod.
network: network1
`;

const MIGRATION = `# yaml-language-server: $schema=../node_modules/meshferry/schema/migration.schema.json
# One service on its way from a virtual machine into Kubernetes: analytics, after the name of this file.
# An editor that knows the line above completes and explains every field, and shows what it defaults to.
namespace: default

# The current phase. Moving on is a change of this word and a pull request; so is going back.
# \`npm run plan\` lists the phases, and what each changes.
phase: onboard

# What the service listens on. The first word of a name is its protocol: http, grpc, tcp, ...
ports:
  http: 8080

# What takes over: a Deployment of this image. It renders from the phase \`deploy\` on.
kubernetes:
  image: registry.example/analytics:1.0.0

# How traffic moves, in percent to Kubernetes.
shift:
  steps: [10, 25, 50, 75, 100]
`;

const README = `# Migrations

Services on their way from virtual machines into Kubernetes, across an Istio mesh, with meshferry.

    npm install
    npm run synth      # render migrations/ into dist/
    npm run plan       # the phases, what each changes, and which is current
    npm run verify     # hold dist/ against schemas, Istio's rules and itself
    npm run check      # for CI: dist/ is what the sources render, and sound

- \`migrations/mesh.yaml\`: your Istio installation. Begin here.
- \`migrations/analytics.yaml\`: one migration. Rename it after your service, and say what is true of it.
- \`dist/\`: rendered, and committed. It is what Flux or Argo CD sync, and what a reviewer reads: \`dist/<migration>/\`
  holds the current phase in the folders \`vm\`, \`workload\` and \`routing\`, and a preview of every phase in \`phases\`.
- \`main.ts\`: the cdk8s app. Constructs of your own go beside it; \`npm install cdk8s constructs\` first.

\`cdk8s synth\` gives the same files: \`npx --package cdk8s-cli cdk8s synth\`.
`;
