import { migrationText } from '../migration-text';
import { README } from './readme';

/** What a package.json may hold, as far as `init` reads it. */
interface PackageJson {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const SCRIPTS = {
  synth: 'meshferry synth',
  plan: 'meshferry plan',
  verify: 'meshferry verify dist',
  check: 'meshferry synth --check && meshferry verify dist',
};

/**
 * package.json of a repository of migrations.
 *
 * @param folder name of the repository's folder
 * @param meshferry version or path of the dependency
 * @param before what the file holds already, of which everything but the dependency stays
 */
export function packageJson(folder: string, meshferry: string, before: PackageJson = {}): string {
  const name =
    folder
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replaceAll(/^[._-]+|[._-]+$/g, '') || 'migrations';
  return json({
    name,
    version: '0.1.0',
    private: true,
    ...before,
    scripts: { ...SCRIPTS, ...before.scripts },
    dependencies: { ...before.dependencies, meshferry },
  });
}

/** The other files of a new repository, by path. */
export function starterFiles(): Record<string, string> {
  return {
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
    // The second is what a run that was killed leaves; the next one takes it away. The last are builds of the agent.
    '.gitignore': 'node_modules/\n.dist.meshferry-*/\n/.meshferry/\n/meshferry-agent/\n',
    'migrations/mesh.yaml': MESH,
    'migrations/analytics.yaml': migrationText({
      name: 'analytics',
      namespace: 'default',
      image: 'registry.example/analytics:1.0.0',
      ports: { http: 8080 },
      schema: '../node_modules/meshferry/schema/migration.schema.json',
    }),
    'README.md': README,
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

const MESH = `# yaml-language-server: $schema=../node_modules/meshferry/schema/mesh.schema.json
# Facts of your Istio installation, for every migration in this folder and below.
# \`npx meshferry discover\` reads them from the cluster that kubectl reaches.
# The version, in quotes: \`istioctl version\` tells it.
istio: "1.24"
# The pods' network: global.network of istiod.
network: network1
`;
