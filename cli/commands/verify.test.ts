import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parse } from 'yaml';
import { version } from '../../package.json';
import { manifestFiles } from '../verify/manifest-files';

const GOOD =
  'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: demo\nspec:\n  ports:\n    - port: 80\n';
const BAD = `${GOOD}      targetPrt: 8080\n`;
const ELSEWHERE = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: web, namespace: demo }
spec: { host: other.demo.svc.cluster.local }
`;

const program = join(__dirname, '../../bin/meshferry.js');
const folder = mkdtempSync(join(tmpdir(), 'meshferry-verify-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command as a program of its own, in a folder with these files. */
function run(files: Readonly<Record<string, string | Uint8Array>>, args: string[], input = '') {
  const cwd = mkdtempSync(join(folder, 'case-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), content);
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'verify', ...args], {
    cwd,
    input,
    encoding: 'utf8',
    // Colours as a user has them who asks for none.
    env: { ...process.env, FORCE_COLOR: undefined, XDG_CACHE_HOME: join(folder, 'cache') },
  });
  return { status, stdout, stderr };
}

test('nothing wrong: a summary, exit 0', () => {
  expect(run({ 'dist/web.yaml': GOOD }, [])).toEqual({
    status: 0,
    stdout: '✔ 1 object in 1 file: 0 errors, 0 notes\n',
    stderr: '',
  });
});

test('an error: what, where and what to do, exit 1, no colour in a pipe', () => {
  expect(run({ 'm/web.yaml': BAD, 'm/node_modules/x.yaml': BAD }, ['m'])).toEqual({
    status: 1,
    stdout: [
      '✖ MF101 there is no field targetPrt; the API server would drop it without a word → Service demo/web spec.ports[0].targetPrt (m/web.yaml:9)',
      '  fix: write targetPort',
      '✖ 1 object in 1 file: 1 error, 0 notes',
      '  each id has a page in the docs of meshferry: docs/checks/MF101.md',
      '',
    ].join('\n'),
    stderr: '',
  });
});

test('a note fails nothing', () => {
  const { status, stdout } = run({ 'm/rule.yaml': ELSEWHERE }, ['m']);
  expect(status).toBe(0);
  expect(stdout).toBe(
    '· MF204 Service or ServiceEntry other.demo.svc is not here; taken as one that exists in the cluster → DestinationRule demo/web spec.host (m/rule.yaml:4)\n' +
      '✔ 1 object in 1 file: 0 errors, 1 note\n' +
      '  each id has a page in the docs of meshferry: docs/checks/MF204.md\n',
  );
});

test('in a whole cluster, what is not there is an error', () => {
  expect(run({ 'm/rule.yaml': ELSEWHERE }, ['--complete', 'm'])).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('✖ MF204'),
  });
});

test('a file that cannot be read is one finding, and the rest is checked', () => {
  const files = { 'm/a.yaml': `${GOOD}  x: [\n`, 'm/b.yaml': Uint8Array.of(0x61, 0xff), 'm/c.yaml': BAD };
  const { status, stdout } = run(files, ['m']);
  expect(status).toBe(1);
  expect(stdout).toMatch(/✖ MF001 cannot be read: .* \(m\/a\.yaml:\d+\)/);
  expect(stdout).toContain('✖ MF001 cannot be read: it is not UTF-8 text (m/b.yaml:1)');
  expect(stdout).toContain('✖ MF101');
});

test('what is ignored is passed over: files and folders by a glob, findings by an annotation', () => {
  const annotated = BAD.replace(
    '  name: web',
    '  name: web\n  annotations: { meshferry.dev/ignore: "MF101: a test" }',
  );
  const files = { 'm/a/x.yaml': BAD, 'm/b/c/d.tpl.yaml': BAD, 'm/e.yaml': annotated };
  expect(run(files, ['--ignore', 'm/a', '--ignore', '*.tpl.yaml', 'm'])).toEqual({
    status: 0,
    stdout: '✔ 1 object in 1 file: 0 errors, 0 notes, 1 ignored\n',
    stderr: '',
  });
});

test('a link to a folder elsewhere is followed, once, and one to a folder that is read anyway is not', () => {
  const cwd = mkdtempSync(join(folder, 'links-'));
  for (const [path, text] of Object.entries({
    'm/a.yaml': GOOD,
    'm/own/b.yaml': ELSEWHERE,
    'base/c.yaml': BAD,
  })) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  for (const [link, target] of [
    ['m/base', '../base'],
    ['m/again', '../base'],
    ['m/here.yaml', 'own'],
    ['m/loop', '..'],
    ['base/back', '../m'],
  ] as const)
    symlinkSync(target, join(cwd, link));
  const files = [...manifestFiles([join(cwd, 'm')], [])].map(({ file }) => relative(cwd, file));
  expect(files).toEqual(['m/a.yaml', 'm/again/c.yaml', 'm/own/b.yaml']);
});

test('files that are named one by one, as by a hook, may hold no manifest', () => {
  expect(run({ 'm/values.yaml': 'a: 1\n' }, ['m/values.yaml'])).toMatchObject({ status: 0, stderr: '' });
});

test.each(['sarif', 'github', 'junit'])('--format %s prints that and nothing else', (format) => {
  const { status, stdout, stderr } = run({ 'm/web.yaml': BAD }, ['--format', format, 'm']);
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  expect(stdout).toMatch(
    { sarif: /^\{[\s\S]*\}\n$/, github: /^::error .*\n$/, junit: /^<\?xml/ }[format] as RegExp,
  );
});

test('--json gives the same to a program', () => {
  const { status, stdout } = run({ 'm/web.yaml': BAD }, ['--json', 'm']);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    files: 1,
    objects: 1,
    withoutSchema: {},
    findings: [
      {
        id: 'MF101',
        severity: 'error',
        object: 'Service demo/web',
        path: 'spec.ports[0].targetPrt',
        file: 'm/web.yaml',
        line: 9,
      },
    ],
  });
});

test('- reads the standard input', () => {
  expect(run({}, ['-'], `${GOOD}---\n${BAD.replace('name: web', 'name: api')}`)).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('Service demo/api spec.ports[0].targetPrt (stdin:18)'),
  });
});

test.each([
  [
    'no such folder',
    {},
    ['nowhere'],
    '✖ there is no nowhere; `meshferry synth` renders into dist, other paths are to be named\n',
  ],
  [
    'nothing to look at',
    { 'm/values.yaml': 'a: 1\n' },
    ['m'],
    '✖ no manifests in m; name a folder that holds some\n',
  ],
  ['a wrong option', {}, ['--jsno'], /unknown option '--jsno'\n\(Did you mean --json\?\)/],
] as const)('%s: told on stderr, exit 2', (_, files, args, message) => {
  const { status, stdout, stderr } = run(files, [...args]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  if (typeof message === 'string') expect(stderr).toBe(message);
  else expect(stderr).toMatch(message);
});

test('--help says what it does, its exit codes and examples', () => {
  const { status, stdout } = run({}, ['--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('Exit codes: 0 nothing wrong, 1 errors found, 2 wrong usage');
  expect(stdout).toContain('| meshferry verify -');
});

test('one way to print at a time', () => {
  const { status, stdout } = run({}, ['--json', '--format', 'sarif']);
  expect(status).toBe(2);
  expect(JSON.parse(stdout).error.message).toMatch(/--json.*cannot be used with.*--format/);
});

test('the hook of pre-commit runs this version', () => {
  const [hook] = parse(readFileSync(join(__dirname, '../../.pre-commit-hooks.yaml'), 'utf8'));
  expect(hook.entry).toBe(`npx --yes meshferry@${version} verify`);
  expect('clusters/prod/web.yaml').toMatch(new RegExp(hook.files));
});
