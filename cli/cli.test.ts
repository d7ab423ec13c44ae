import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { contents, meshferry, PROGRAM, workspaces, write } from '../test/program';
import { program } from './main';

const workspace = workspaces();
const MIGRATION = 'namespace: demo\nphase: pin\nports: {http: 8080}\nkubernetes: {image: example/a:1}\n';
const FILES = { 'migrations/mesh.yaml': 'istio: "1.18"\n', 'migrations/analytics.yaml': MIGRATION };
const HOST = {
  load: (part: string) => require(`./${part}`),
  runApp: () => undefined,
  root: resolve(__dirname, '..'),
};
const COMMANDS = program(HOST).commands.map((command) => command.name());

test('the help names every command, and every command has its own, with examples and exit codes', () => {
  const folder = workspace();
  const { stdout, status } = meshferry(folder, ['--help']);
  expect(status).toBe(0);
  for (const command of COMMANDS) {
    expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    const help = meshferry(folder, [command, '--help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toMatch(new RegExp(`^Usage: meshferry ${command} `));
    expect(help.stdout).toMatch(/^Exit codes: 0 /m);
    expect(help.stdout).toMatch(new RegExp(`^ {2}\\$ .*meshferry ${command}`, 'm'));
    expect(meshferry(folder, ['help', command]).stdout).toBe(help.stdout);
  }
});

test('the reference of the commands holds each', () => {
  const page = readFileSync(resolve(__dirname, '../docs/reference/cli.md'), 'utf8');
  // `agent` by those that it is made of
  for (const command of COMMANDS) expect(page).toMatch(new RegExp(`<!-- help: ${command}[a-z -]* -->`));
});

test('it tells its version', () => {
  const { version } = JSON.parse(readFileSync(resolve(__dirname, '../package.json'), 'utf8'));
  expect(meshferry(workspace(), ['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
});

test.each([
  [['synht'], "error: unknown command 'synht'\n(Did you mean synth?)\n"],
  [['synth', '--chekc'], "error: unknown option '--chekc'\n(Did you mean --check?)\n"],
  [['synth', 'app.ts'], expect.stringMatching(/^✖ there is no app\.ts in \S+\n$/)],
  [['plan', 'nope'], '✖ no migration is named nope; there are analytics\n'],
])('wrong usage is told on the standard error: %j', (args, stderr) => {
  expect(meshferry(workspace(FILES), args)).toMatchObject({ status: 2, stdout: '', stderr });
});

test("manifests that cannot be read are the user's to mend, with the place", () => {
  const folder = workspace({ ...FILES, 'live.yaml': 'kind: VirtualService\nmetadata: [\n' });
  expect(meshferry(folder, ['adopt', 'analytics', '-n', 'demo', 'live.yaml'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^✖ cannot read manifests: .+ \(live\.yaml:\d+\)\n$/),
  });
});

test('synth says what it wrote', () => {
  const folder = workspace(FILES);
  expect(meshferry(folder, ['synth'])).toMatchObject({
    status: 0,
    stdout: '✔ 15 files in dist\n',
    stderr: '',
  });
  const files = Object.keys(contents(join(folder, 'dist')) ?? {});
  expect(files).toContain('analytics/phases/02-pin.yaml');
  expect(JSON.parse(meshferry(folder, ['synth', '--json']).stdout)).toEqual({ to: 'dist', files });
});

test('a stale file never stays', () => {
  const folder = workspace(FILES);
  meshferry(folder, ['synth']);
  const before = contents(join(folder, 'dist'));
  write(join(folder, 'migrations/prod/other.yaml'), MIGRATION);
  expect(meshferry(folder, ['synth']).stdout).toBe('✔ 30 files in dist\n');
  rmSync(join(folder, 'migrations/prod'), { recursive: true });
  expect(meshferry(folder, ['synth']).status).toBe(0);
  expect(contents(join(folder, 'dist'))).toEqual(before);
});

test.each([
  ['migrations/analytics.yaml', `${MIGRATION}imagee: x\n`, '✖ unknown key "imagee"'],
  ['migrations/analytics.yaml', 'phase: [', '✖ not valid YAML'],
  ['migrations/mesh.yaml', 'istio: latest\n', '✖ "latest" must be a version of Istio'],
  ['main.ts', "throw new Error('mine');\n", '✖ mine'],
  ['main.ts', 'const = 1;\n', '✖ Expected identifier but found "=" → at main.ts:1:7'],
  ['main.ts', "import './nothing';\n", '✖ Could not resolve "./nothing" → at main.ts:1:8'],
  ['main.ts', "import 'nothing';\n", 'main.ts:1:8\n  a package is missing: run `npm install`'],
])('wrong input leaves dist/ to the byte: %s %j', (file, text, message) => {
  const folder = workspace(FILES);
  meshferry(folder, ['synth']);
  const before = contents(join(folder, 'dist'));
  write(join(folder, file), text);
  const { status, stdout, stderr } = meshferry(folder, ['synth']);
  expect(stderr).toContain(message);
  expect(stderr.split('\n').every((line) => line.length < 300)).toBe(true);
  expect(stdout).toBe('');
  expect(status).toBe(text.startsWith('throw') ? 70 : 2);
  expect(contents(join(folder, 'dist'))).toEqual(before);
});

test('a fault that was not foreseen tells how to see where it came from', () => {
  const folder = workspace({ 'main.ts': "throw new Error('mine');\n" });
  expect(meshferry(folder, ['synth']).stderr).toBe(
    '✖ mine\n  this was not foreseen; MESHFERRY_DEBUG=1 shows where it came from\n',
  );
  expect(meshferry(folder, ['synth'], { MESHFERRY_DEBUG: '1' }).stderr).toMatch(
    /Error: mine\n {4}at .*main\.ts:1:7/,
  );
});

test.each([
  ['renders nothing', 'export {};\n'],
  [
    'renders elsewhere',
    "import { renderMigrations } from 'LIBRARY';\n\nrenderMigrations({ to: 'elsewhere' });\n",
  ],
])('an app that %s is told what it is to do', (_, app) => {
  const folder = workspace({
    ...FILES,
    'main.ts': app.replace('LIBRARY', resolve(__dirname, '../output')),
  });
  expect(meshferry(folder, ['synth'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('✖ main.ts rendered nothing into dist: it is to call renderMigrations()'),
  });
});

test('so does one that an app comes to later', () => {
  const folder = workspace({
    ...FILES,
    'main.ts':
      "import { mkdirSync } from 'node:fs';\nmkdirSync('dist');\nsetTimeout(() => { throw new Error('later'); }, 5);\n",
  });
  expect(meshferry(folder, ['synth'])).toMatchObject({
    status: 70,
    stderr: expect.stringMatching(
      /✖ later\n {2}this was not foreseen; MESHFERRY_DEBUG=1 shows where it came from\n$/,
    ),
  });
});

describe('--check', () => {
  test('is silent about what it renders, and fails where the folder holds something else', () => {
    const folder = workspace(FILES);
    meshferry(folder, ['synth']);
    expect(meshferry(folder, ['synth', '--check'])).toMatchObject({
      status: 0,
      stdout: '✔ dist is what the sources render\n',
    });
    write(join(folder, 'dist/analytics/vm/manifests.yaml'), 'changed by hand\n');
    write(join(folder, 'dist/analytics/vm/more.yaml'), '');
    rmSync(join(folder, 'dist/analytics/phases/01-onboard.yaml'));
    const before = contents(folder);
    expect(meshferry(folder, ['synth', '--check'])).toMatchObject({
      status: 1,
      stdout: `✖ 3 files in dist are not what the sources render; run \`meshferry synth\` and commit the result:
  missing  analytics/phases/01-onboard.yaml
  other    analytics/vm/manifests.yaml
  extra    analytics/vm/more.yaml
`,
    });
    const { differences } = JSON.parse(meshferry(folder, ['synth', '--check', '--json']).stdout);
    expect(differences).toContainEqual({ file: 'analytics/vm/more.yaml', is: 'extra' });
    expect(contents(folder)).toEqual(before);
  });

  test('what is committed here is what the sources render', () => {
    expect(meshferry(resolve(__dirname, '..'), ['synth', '--check'])).toMatchObject({
      status: 0,
      stdout: '✔ dist is what the sources render\n',
    });
  });
});

test('the same input gives the same bytes, wherever and whenever it is rendered', () => {
  const renderings = [
    { TZ: 'UTC', LANG: 'C', LC_ALL: 'C' },
    { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
  ].map((env) => {
    const folder = workspace({ ...FILES, 'migrations/prod/eu/zeta.yaml': MIGRATION });
    expect(meshferry(folder, ['synth'], env)).toMatchObject({ status: 0, stderr: '' });
    return contents(join(folder, 'dist'));
  });
  expect(renderings[0]).toEqual(renderings[1]);
});

test('an app of constructs of one’s own is compiled and seen at each change', () => {
  const index = JSON.stringify(resolve(__dirname, '../index'));
  const folder = workspace({
    ...FILES,
    'main.ts': `import { renderMigrations } from ${index};\nimport { from } from './mine';\nrenderMigrations({ from });\n`,
    'mine.ts': "export const from: string = 'migrations';\n",
  });
  expect(meshferry(folder, ['synth']).stdout).toBe('✔ 15 files in dist\n');
  write(join(folder, 'other/a.yaml'), MIGRATION);
  write(join(folder, 'other/b.yaml'), MIGRATION.replace('demo', 'other'));
  write(join(folder, 'other/mesh.yaml'), 'istio: "1.18"\n');
  write(join(folder, 'mine.ts'), "export const from: string = 'other';\n");
  expect(meshferry(folder, ['synth']).stdout).toBe('✔ 30 files in dist\n');
});

test('output in a pipe has no colours; a terminal of colours gets them', () => {
  const folder = workspace(FILES);
  expect(meshferry(folder, ['plan']).stdout).not.toContain('\u001b');
  expect(meshferry(folder, ['plan'], { FORCE_COLOR: '1' }).stdout).toContain('\u001b[1m');
  expect(meshferry(folder, ['plan'], { NO_COLOR: '1', FORCE_COLOR: '1' }).stdout).not.toContain('\u001b');
  expect(meshferry(folder, ['plan'], { CI: 'true' }).stdout).not.toContain('\u001b');
});

test('a reader that stops reading is no error', () => {
  const folder = workspace(
    Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `migrations/m-${index}.yaml`,
        MIGRATION.replace('demo', `demo-${index}`),
      ]).concat([['migrations/mesh.yaml', 'istio: "1.24"\n']]),
    ),
  );
  const pipe = `"${process.execPath}" "${PROGRAM}" plan --json | head -c 1`;
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', pipe], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '[', stderr: '' });
});

test('plan tells the phases, what each changes, and which is current', () => {
  const folder = workspace({
    ...FILES,
    'migrations/prod/analytics.yaml': MIGRATION.replace('pin', 'onboard'),
  });
  const { stdout } = meshferry(folder, ['plan', 'prod/analytics']);
  expect(stdout).toMatch(/^prod\/analytics \(migrations\/prod\/analytics\.yaml\)\n/);
  expect(stdout).toMatch(/^▸ onboard .*\+ WorkloadGroup, PeerAuthentication/m);
  expect(stdout).toMatch(/^ {2}shift-25 .*VM 75, pods 25 .*~ VirtualService$/m);
  const plans = JSON.parse(meshferry(folder, ['plan', '--json']).stdout);
  expect(plans).toHaveLength(2);
  expect(plans[0]).toMatchObject({ name: 'analytics', environment: '', current: 'pin' });
  expect(plans[0].phases[1]).toMatchObject({ position: 2, name: 'pin', weights: { vm: 100 } });
});

describe('init', () => {
  test('lays out a repository that renders, and depends on the checkout that it came from', () => {
    const folder = workspace();
    const { status, stdout } = meshferry(folder, ['init', 'ours']);
    expect(status).toBe(0);
    expect(stdout).toContain('  cd ours && npm install ');
    const repository = join(folder, 'ours');
    const files = contents(repository) ?? {};
    expect(Object.keys(files)).toEqual([
      '.gitignore',
      'README.md',
      'cdk8s.yaml',
      'main.ts',
      'migrations/analytics.yaml',
      'migrations/mesh.yaml',
      'package.json',
      'tsconfig.json',
    ]);
    const { dependencies } = JSON.parse(files['package.json'] ?? '');
    expect(resolve(repository, dependencies.meshferry.replace('file:', ''))).toBe(HOST.root);
    expect(meshferry(repository, ['synth', '--from', 'migrations'])).toMatchObject({ status: 0, stderr: '' });
    expect(meshferry(repository, ['verify', 'dist']).stdout).toMatch(/: 0 errors, 0 notes$/m);
  });

  test('never overwrites: it names what is in the way, and writes nothing', () => {
    const folder = workspace({ 'main.ts': 'mine\n', 'README.md': 'mine\n' });
    const before = contents(folder);
    expect(meshferry(folder, ['init'])).toMatchObject({
      status: 2,
      stdout: '',
      stderr: `✖ ${folder} holds main.ts, README.md already; choose an empty folder, or move them away\n`,
    });
    expect(contents(folder)).toEqual(before);
  });

  test('a package.json that exists keeps what it says, and gets what it lacks', () => {
    const own = { name: 'mine', license: 'MIT', scripts: { check: 'mine' }, dependencies: { left: '1.0.0' } };
    const folder = workspace({ 'package.json': JSON.stringify(own) });
    expect(meshferry(folder, ['init']).status).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toMatchObject({
      ...own,
      scripts: { check: 'mine', synth: 'meshferry synth' },
      dependencies: { left: '1.0.0', meshferry: expect.stringMatching(/^file:/) },
    });
  });
});
