import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contents, meshferry, workspaces, write } from '../../test/program';

const workspace = workspaces();
const PLAIN = `import { renderMigrations } from '${join(__dirname, '../../output')}';\n\nrenderMigrations();\n`;
const migration = (phase: string) =>
  `namespace: demo\nphase: ${phase}\nports: {http: 8080}\nkubernetes: {image: example/a:1}\n`;
const FILES = {
  'migrations/mesh.yaml': 'istio: "1.18"\n',
  'migrations/analytics.yaml': migration('onboard'),
  'migrations/payments.yaml': migration('onboard'),
};
const PHASES = ['pin', 'deploy', 'shift-10', 'shift-25', 'shift-50', 'shift-75'];

/** A workspace that was rendered once; `change` renders the next phase, and tells how. */
function rendered(files: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const folder = workspace({ ...FILES, ...files });
  const env = { XDG_CACHE_HOME: join(folder, 'cache') };
  const synth = (more: readonly string[] = [], others: NodeJS.ProcessEnv = {}) =>
    meshferry(folder, ['synth', ...args, ...more], { ...env, ...others });
  const inode = () => statSync(join(folder, 'dist')).ino;
  expect(synth()).toMatchObject({ status: 0, stderr: '' });
  let at = 0;
  const change = (others: NodeJS.ProcessEnv = {}) => {
    const before = inode();
    write(join(folder, 'migrations/analytics.yaml'), migration(PHASES[at++] ?? ''));
    expect(synth([], others)).toMatchObject({ status: 0, stderr: '', stdout: '✔ 30 files in dist\n' });
    const single = inode() === before;
    expect(synth(['--check'])).toMatchObject({ status: 0, stdout: '✔ dist is what the sources render\n' });
    return single ? 'what changed' : 'everything';
  };
  return { folder, synth, change };
}

test.each([
  ['without an app', {}, []],
  ['of a folder', {}, ['--from', 'migrations']],
  ['by an app that does nothing else', { 'main.ts': PLAIN }, []],
  ['by an app of another name', { 'mine.ts': `// Ours.\n${PLAIN}` }, ['mine.ts']],
])('%s, only what changed is rendered', (_, files, args) => {
  const { change, synth } = rendered(files, args);
  expect(change()).toBe('what changed');
  expect(change()).toBe('what changed');
  const { files: listed } = JSON.parse(synth(['--json']).stdout);
  expect(listed).toHaveLength(30);
});

test('by an app that may do more, everything is rendered', () => {
  const { change } = rendered({ 'main.ts': `${PLAIN}console.error;\n` });
  expect(change()).toBe('everything');
  expect(change()).toBe('everything');
});

test('when the app is another one, everything is rendered, once', () => {
  const { folder, change } = rendered({ 'main.ts': PLAIN });
  expect(change()).toBe('what changed');
  write(join(folder, 'main.ts'), `// Another one.\n${PLAIN}`);
  expect(change()).toBe('everything');
  expect(change()).toBe('what changed');
});

test('where nothing can be kept, or for debugging, everything is rendered', () => {
  const { folder, change } = rendered({ 'main.ts': PLAIN, 'a-file': '' });
  expect(change({ MESHFERRY_DEBUG: '1' })).toBe('everything');
  expect(change({ XDG_CACHE_HOME: join(folder, 'a-file') })).toBe('everything');
});

test('what is looked at once is not kept', () => {
  const { folder, synth } = rendered({});
  const kept = () => readdirSync(join(folder, 'cache/meshferry/renderings'));
  expect(kept()).toHaveLength(1);
  expect(synth(['--check']).status).toBe(0);
  expect(kept()).toHaveLength(1);
  expect(statSync(join(folder, 'cache/meshferry/renderings')).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'cache/meshferry/renderings', kept()[0] ?? '')).mode & 0o777).toBe(0o600);
});

test('an app that does not compile leaves all as it was', () => {
  const { folder, synth } = rendered({ 'main.ts': PLAIN });
  const before = contents(join(folder, 'dist'));
  write(join(folder, 'main.ts'), 'const = 1;\n');
  expect(synth().status).toBe(2);
  expect(contents(join(folder, 'dist'))).toEqual(before);
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('an app with charts of its own leaves no file that it no longer writes, and can be checked', () => {
  const cdk8s = JSON.stringify(require.resolve('cdk8s'));
  const app = (...names: string[]) =>
    `import { App, Chart } from ${cdk8s};\nconst app = new App();\n${names.map((name) => `new Chart(app, '${name}');\n`).join('')}app.synth();\n`;
  const folder = workspace({ 'main.ts': app('one', 'two') });
  expect(meshferry(folder, ['synth'])).toMatchObject({ status: 0, stdout: '✔ 2 files in dist\n' });
  write(join(folder, 'main.ts'), app('one'));
  expect(meshferry(folder, ['synth', '--check'])).toMatchObject({ status: 1 });
  expect(meshferry(folder, ['synth'])).toMatchObject({ status: 0, stdout: '✔ 1 file in dist\n' });
  expect(meshferry(folder, ['synth', '--check'])).toMatchObject({ status: 0, stderr: '' });
  write(join(folder, 'dist/notes.txt'), 'mine');
  expect(meshferry(folder, ['synth'])).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/notes\.txt.* did not come from one/),
  });
  expect(Object.keys(contents(join(folder, 'dist')) ?? {})).toEqual(['notes.txt', 'one.k8s.yaml']);
});

test('it renders from any folder of the project', () => {
  const { folder } = rendered({});
  expect(meshferry(join(folder, 'migrations'), ['synth', '--check'])).toMatchObject({
    status: 0,
    stderr: '',
  });
  expect(meshferry(join(folder, 'migrations'), ['verify'])).toMatchObject({ status: 0, stderr: '' });
});

test('migrations that are no longer rendered are told', () => {
  const { folder, synth } = rendered({
    'main.ts': `${PLAIN}console.error;\n`,
    'migrations/prod/orders.yaml': migration('pin'),
  });
  rmSync(join(folder, 'migrations/payments.yaml'));
  rmSync(join(folder, 'migrations/prod'), { recursive: true });
  expect(synth()).toMatchObject({
    status: 0,
    stdout: '✔ 15 files in dist\n',
    stderr: '! 2 migrations are gone: payments, prod/orders\n',
  });
  expect(synth()).toMatchObject({ status: 0, stderr: '' });
  write(join(folder, 'migrations/payments.yaml'), migration('pin'));
  synth();
  rmSync(join(folder, 'migrations/payments.yaml'));
  expect(JSON.parse(synth(['--json']).stdout).gone).toEqual(['payments']);
});
