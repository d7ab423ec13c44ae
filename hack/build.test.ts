import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { WORKFLOWS } from '../cli/init/workflows';
import { PARTS } from '../cli/parts';
import { contents, workspaces, write } from '../test/program';

/** The package as a stranger gets it: packed, installed from the tarball in an empty folder, used as the docs say. */
const ROOT = resolve(__dirname, '..');
const workspace = workspaces();
const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const env = { ...process.env, CDK8S_CHECK_UPGRADE: 'false', npm_config_update_notifier: 'false' };
const REQUIRED = /\brequire\(["']([^."'][^"']*)["']\)/g;
const IMPORTED = /(?:\bfrom |\bimport\()["']([^."'][^"']*)["']/g;

interface Tree {
  readonly version?: string;
  readonly dependencies?: Record<string, Tree>;
}

let tarball: string;
let repository: string;

function run(cwd: string, command: string, ...args: string[]) {
  const { stdout, stderr, status, error } = spawnSync(command, args, { cwd, encoding: 'utf8', env });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

function install(...packages: string[]) {
  run(
    repository,
    'npm',
    'install',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--loglevel=error',
    ...packages,
  );
}

beforeAll(() => {
  const folder = workspace();
  const [packed] = JSON.parse(run(ROOT, 'npm', 'pack', '--json', '--silent', '--pack-destination', folder));
  tarball = join(folder, packed.filename);
  const npx = ['--yes', '--prefer-offline', '--loglevel=error', `--package=${tarball}`];
  run(folder, 'npx', ...npx, 'meshferry', 'init', 'ours');
  repository = join(folder, 'ours');
  install();
}, 600_000);

test('the tarball holds the program, the library, its types, the schemas and the documentation, and nothing else', () => {
  const names = run(ROOT, 'tar', '-tzf', tarball).split('\n').filter(Boolean).sort();
  const docs = run(ROOT, 'git', 'ls-files', 'docs')
    .split('\n')
    .filter((file) => /\.(?:md|png)$/.test(file));
  const shared = names.filter((name) => /^package\/lib\/shared\/\w+\.js$/.test(name));
  expect(shared.length).toBeGreaterThan(0);
  expect(names.filter((name) => !shared.includes(name))).toEqual(
    [
      ...['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'],
      ...['agent/image/Containerfile', 'bin/compile.js', 'bin/meshferry.js'],
      ...['lib/agent.js', 'lib/cdk8s-plugin.js', 'lib/index.d.ts', 'lib/index.js'],
      ...['main', ...PARTS].map((part) => `lib/cli/${part}.js`),
      ...['schema/mesh.schema.json', 'schema/migration.schema.json'],
      ...docs,
    ]
      .map((name) => `package/${name}`)
      .sort(),
  );
});

test('its pages link to pages that it holds', () => {
  const folder = join(repository, 'node_modules/meshferry');
  const files = contents(folder) ?? {};
  const broken = Object.entries(files)
    .filter(([file]) => file.endsWith('.md'))
    .flatMap(([file, text]) =>
      [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/\]\((?![a-z]+:|#)([^)\s#]+)/g)]
        .map(([, link = '']) => join(dirname(file), link).replace(/\/$/, ''))
        .filter((link) => !Object.keys(files).some((each) => each === link || each.startsWith(`${link}/`)))
        .map((link) => `${file} → ${link}`),
    );
  expect(broken).toEqual([]);
});

test('what the package asks for is what it depends on', () => {
  const folder = join(repository, 'node_modules/meshferry');
  const asked = Object.entries(contents(folder) ?? {})
    .filter(([file]) => /^(?:lib|bin)\//.test(file))
    .flatMap(([file, text]) => [...text.matchAll(file.endsWith('.js') ? REQUIRED : IMPORTED)])
    .map((match) => match[1] ?? '')
    .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name));
  const has = Object.keys({ ...own.dependencies, ...own.peerDependencies });
  expect([...new Set(asked)].sort()).toEqual(has.sort());
});

test('what it brings along is small', () => {
  const { dependencies } = JSON.parse(run(repository, 'npm', 'ls', '--all', '--json', '--omit=dev'));
  const names = new Set<string>();
  const visit = (tree: Record<string, Tree> = {}) => {
    for (const [name, { version, dependencies: below }] of Object.entries(tree))
      if (version) names.add(name) && visit(below);
  };
  visit(dependencies);
  expect(names.size).toBeLessThan(10);
  const [kilobytes] = run(repository, 'du', '-sk', 'node_modules').split('\t');
  expect(Number(kilobytes)).toBeLessThan(20_000);
});

test('whoever publishes it finds nothing wrong', () => {
  expect(run(ROOT, 'npx', 'publint', '--strict', tarball)).toContain('All good!');
});

test('what the library exports is what was reviewed', () => {
  expect(readFileSync(join(ROOT, 'lib/api.md'), 'utf8')).toMatchFile(join(ROOT, '__snapshots__/api.md'));
});

test('the repository of one’s own renders, plans, verifies and checks at once', () => {
  expect(run(repository, 'npm', 'run', '--silent', 'synth')).toBe('✔ 15 files in dist\n');
  expect(run(repository, 'npm', 'run', '--silent', 'plan')).toMatch(/^▸ onboard /m);
  expect(run(repository, 'npm', 'run', '--silent', 'verify')).toMatch(/^✔ .*: 0 errors, /m);
  expect(run(repository, 'npm', 'run', '--silent', 'check')).toMatch(/^✔ dist is what the sources render\n/);
});

test('a clone of it installs by npm ci, and passes what its workflow runs', () => {
  const git = (...args: string[]) =>
    run(repository, 'git', '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args);
  run(repository, 'npm', 'run', '--silent', 'synth');
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '-m', 'Start');
  const clone = join(workspace(), 'clone');
  run(ROOT, 'git', 'clone', '--quiet', repository, clone);
  const [job] = Object.values((load(WORKFLOWS.github[0]?.text ?? '') as { jobs: object }).jobs) as {
    steps: { run?: string }[];
  }[];
  // The rest writes a comment by gh.
  const commands = (job?.steps ?? []).flatMap((step) => step.run ?? []).slice(0, 4);
  expect(commands[0]).toBe('npm ci --ignore-scripts');
  const summary = join(clone, '../summary');
  const printed = run(
    clone,
    'env',
    'BASE=main',
    `GITHUB_STEP_SUMMARY=${summary}`,
    'bash',
    '-eo',
    'pipefail',
    '-c',
    commands.join('\n'),
  );
  expect(printed).toContain('✔ dist is what the sources render\n');
  expect(printed).toMatch(/: 0 errors, 0 notes$/m);
  expect(readFileSync(summary, 'utf8')).not.toBe('');
}, 300_000);

test('its editor finds the schemas', () => {
  for (const name of ['mesh', 'analytics']) {
    const [line] = readFileSync(join(repository, `migrations/${name}.yaml`), 'utf8').split('\n');
    const schema = line?.replace('# yaml-language-server: $schema=', '') ?? '';
    expect(JSON.parse(readFileSync(join(repository, 'migrations', schema), 'utf8')).$schema).toMatch(
      /json-schema\.org/,
    );
  }
});

/** The oldest that its ranges of peers allow. */
const oldest = (peer: string) => `${peer}@${own.peerDependencies[peer].replace('^', '')}`;

test('an app of one’s own has types, and a construct of one’s own is seen at each change', () => {
  install('--save-dev', `typescript@${own.devDependencies.typescript}`);
  install(oldest('cdk8s'), oldest('constructs'));
  const app = (name: string) => `import { App, Chart } from 'cdk8s';
import { defineMesh, defineMigration, MigrationPhase, renderMigrations, WorkloadGroup } from 'meshferry';

renderMigrations();
const mesh = defineMesh({ istio: '1.15' });
const migration = defineMigration({ namespace: 'demo', phase: 'onboard', ports: { http: 80 }, kubernetes: { image: 'a' } }, '${name}');
const app = new App({ outdir: 'mine' });
new MigrationPhase(app, 'phase', { migration, mesh, phase: 'onboard' });
app.synth();
export type Both = typeof WorkloadGroup | typeof Chart;
`;
  write(join(repository, 'main.ts'), app('one'));
  expect(run(repository, 'npx', 'tsc', '--skipLibCheck', 'false')).toBe('');
  run(repository, 'npm', 'run', '--silent', 'synth');
  expect(JSON.stringify(contents(join(repository, 'mine')))).toContain('name: one-v0');
  write(join(repository, 'main.ts'), app('two'));
  run(repository, 'npm', 'run', '--silent', 'synth');
  expect(JSON.stringify(contents(join(repository, 'mine')))).toContain('name: two-v0');
  write(join(repository, 'main.ts'), app('three').replace("istio: '1.15'", 'istio: 1.15'));
  expect(() => run(repository, 'npx', 'tsc')).toThrow(/Type 'number' is not assignable to type 'string'/);
}, 300_000);

test('the apps that the documentation shows have types and run, as they are', () => {
  const page = readFileSync(join(ROOT, 'docs/reference/constructs.md'), 'utf8');
  const apps = [...page.matchAll(/^```ts\n(import [\s\S]*?)^```$/gm)].map(([, app = '']) => app);
  expect(apps).toHaveLength(2);
  for (const app of apps) {
    write(join(repository, 'main.ts'), app);
    expect(run(repository, 'npx', 'tsc')).toBe('');
    run(repository, 'npx', 'meshferry', 'synth');
    rmSync(join(repository, 'dist'), { recursive: true });
  }
}, 300_000);

test('the cdk8s CLI gives the same files', () => {
  write(
    join(repository, 'main.ts'),
    "import { renderMigrations } from 'meshferry';\n\nrenderMigrations();\n",
  );
  run(repository, 'npm', 'run', '--silent', 'synth');
  const ours = contents(join(repository, 'dist'));
  install('--save-dev', `cdk8s-cli@${own.devDependencies['cdk8s-cli']}`);
  run(repository, 'npx', 'cdk8s', 'synth');
  expect(contents(join(repository, 'dist'))).toEqual(ours);
}, 300_000);
