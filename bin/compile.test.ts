import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { listFiles } from '../output/compare';
import { workspaces, write } from '../test/program';

const workspace = workspaces();
const RUN = `require(${JSON.stringify(join(__dirname, 'compile.js'))}).run(process.argv[1])`;
const FILES = {
  'main.ts':
    "import { text } from './part';\nimport { name } from 'dependency';\nconsole.log((text + ' ' + name) as string);\n",
  'part/index.ts': "export const text: string = 'one';\n",
  'node_modules/dependency/package.json': '{"name": "dependency", "main": "index.js"}',
  'node_modules/dependency/index.js': "exports.name = 'a';\n",
};

/** Waits until a file counts as old: what changes while it is compiled is compiled again. */
function settle() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
}

function start(folder: string, env: NodeJS.ProcessEnv = {}) {
  settle();
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', RUN, 'main.ts'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, MESHFERRY_DEBUG: undefined, XDG_CACHE_HOME: join(folder, 'cache'), ...env },
  });
  return { said: stdout.trim(), stderr, status };
}

/** What is kept of the program, with the time of its making. */
function kept(folder: string) {
  return listFiles(join(folder, 'cache')).map((file) => {
    const { mtimeMs, size } = statSync(join(folder, 'cache', file));
    return { file, mtimeMs, size };
  });
}

test('a program is compiled once, and kept with the code cache', () => {
  const folder = workspace(FILES);
  expect(start(folder)).toEqual({ said: 'one a', stderr: '', status: 0 });
  const first = kept(folder);
  expect(first.map(({ file }) => file.split('/').at(-1))).toEqual([
    expect.stringMatching(/\.v8$/),
    'program.js',
  ]);
  expect(start(folder).said).toBe('one a');
  expect(kept(folder)).toEqual(first);
});

describe('a change is seen:', () => {
  const changes: [what: string, change: (folder: string) => void, said: string][] = [
    ['of the program', (folder) => write(join(folder, 'main.ts'), "console.log('new');\n"), 'new'],
    ['of a part', (folder) => write(join(folder, 'part/index.ts'), "export const text = 'two';\n"), 'two a'],
    [
      'of a dependency',
      (folder) => write(join(folder, 'node_modules/dependency/index.js'), "exports.name = 'b';\n"),
      'one b',
    ],
    [
      'that keeps size and time',
      (folder) => {
        const file = join(folder, 'part/index.ts');
        const { atime, mtime } = statSync(file);
        writeFileSync(file, "export const text: string = 'uno';\n");
        utimesSync(file, atime, mtime);
      },
      'uno a',
    ],
    [
      'of what an import means',
      (folder) => write(join(folder, 'part.ts'), "export const text = 'nearer';\n"),
      'nearer a',
    ],
    [
      'of the settings',
      (folder) =>
        write(join(folder, 'tsconfig.json'), '{"compilerOptions": {"paths": {"dependency": ["./mine.ts"]}}}'),
      'one mine',
    ],
  ];
  test.each(changes)('%s', (_, change, said) => {
    const folder = workspace({ ...FILES, 'mine.ts': "export const name = 'mine';\n" });
    expect(start(folder).said).toBe('one a');
    expect(start(folder).said).toBe('one a');
    change(folder);
    expect(start(folder).said).toBe(said);
    expect(start(folder).said).toBe(said);
  });
});

test('what is kept may be cut short, swapped, or impossible to keep', () => {
  const folder = workspace(FILES);
  start(folder);
  for (const { file } of kept(folder)) {
    write(join(folder, 'cache', file), 'broken');
    expect(start(folder)).toMatchObject({ said: 'one a', status: 0 });
  }
  rmSync(join(folder, 'cache'), { recursive: true });
  write(join(folder, 'cache'), 'a file where the folder would be');
  expect(start(folder)).toMatchObject({ said: 'one a', status: 0 });
});

test('nobody else can write to what is kept', () => {
  const folder = workspace(FILES);
  start(folder);
  expect(statSync(join(folder, 'cache/meshferry')).mode & 0o777).toBe(0o700);
  for (const { file } of kept(folder)) expect(statSync(join(folder, 'cache', file)).mode & 0o777).toBe(0o600);
});

describe('what is kept is not run where', () => {
  /** Puts another program into the place of what is kept. */
  function tampered(folder: string): string {
    start(folder);
    const file = join(
      folder,
      'cache',
      kept(folder).find(({ file }) => file.endsWith('/program.js'))?.file ?? '',
    );
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll('"one', '"evil'));
    return file;
  }
  const cases: [what: string, change: (file: string, cache: string) => void][] = [
    ['others may write the file', (file) => chmodSync(file, 0o666)],
    [
      'the file is a link',
      (file) => {
        renameSync(file, `${file}.real`);
        symlinkSync(`${file}.real`, file);
      },
    ],
    ['others may write its folder', (_, cache) => chmodSync(join(cache, 'meshferry'), 0o777)],
    [
      'its folder is a link',
      (_, cache) => {
        renameSync(join(cache, 'meshferry'), join(cache, 'real'));
        symlinkSync('real', join(cache, 'meshferry'));
      },
    ],
  ];
  test('nothing of that is so: then it is', () => {
    const folder = workspace(FILES);
    tampered(folder);
    expect(start(folder).said).toBe('evil a');
  });
  test.each(cases)('%s', (_, change) => {
    const folder = workspace(FILES);
    change(tampered(folder), join(folder, 'cache'));
    expect(start(folder)).toEqual({ said: 'one a', stderr: '', status: 0 });
  });
  test('another user owns it', () => {
    if (process.getuid?.() !== 0) return;
    const folder = workspace(FILES);
    chownSync(tampered(folder), 65534, 65534);
    expect(start(folder).said).toBe('one a');
  });
});

test.each([
  ['a folder of the repository', { XDG_CACHE_HOME: 'cache' }],
  ['no place at all', { XDG_CACHE_HOME: undefined, HOME: '/proc' }],
])('nothing is kept in %s', (_, env) => {
  const folder = workspace(FILES);
  expect(start(folder, { HOME: '/proc', ...env })).toEqual({ said: 'one a', stderr: '', status: 0 });
  expect(existsSync(join(folder, 'cache'))).toBe(false);
});

test('programs that start at the same time compile without harm', async () => {
  const folder = workspace(FILES);
  settle();
  const runs = Array.from({ length: 6 }, () => {
    const child = spawn(process.execPath, ['-e', RUN, 'main.ts'], {
      cwd: folder,
      env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') },
    });
    let said = '';
    child.stdout.on('data', (data) => {
      said += data;
    });
    return new Promise((resolve) => child.once('close', () => resolve(said.trim())));
  });
  expect(await Promise.all(runs)).toEqual(runs.map(() => 'one a'));
  expect(start(folder).said).toBe('one a');
});

test('what esbuild cannot compile is told with its place', () => {
  const folder = workspace({ 'main.ts': 'const = 1;\n' });
  expect(start(folder).stderr).toMatch(
    /CompileError: ✖ Expected identifier but found "=" → at main\.ts:1:7\n/,
  );
  expect(existsSync(join(folder, 'cache'))).toBe(false);
});

test('for debugging, stacks name the lines of the sources', () => {
  const folder = workspace({
    'main.ts': "interface A {\n  a: 1;\n}\n\nthrow new Error('here' as string);\n",
  });
  expect(start(folder, { MESHFERRY_DEBUG: '1' }).stderr).toMatch(/main\.ts:5:7/);
});

test('text beyond ASCII survives, in tagged templates too', () => {
  const folder = workspace({
    'main.ts':
      "const tag = (strings: TemplateStringsArray) => strings[0];\nconsole.log('ü → 😀', tag`ö ✖ 😀`);\n",
  });
  expect(start(folder).said).toBe('ü → 😀 ö ✖ 😀');
  expect(start(folder).said).toBe('ü → 😀 ö ✖ 😀');
});

test('many programs in one process warn of nothing', () => {
  const files = Array.from({ length: 12 }, (_, index) => `part-${index}.ts`);
  const folder = workspace(
    Object.fromEntries(files.map((file) => [file, "console.log('here' as string);\n"])),
  );
  const load = `const { run } = require(${JSON.stringify(join(__dirname, 'compile.js'))}); for (const file of ${JSON.stringify(files)}) run(file);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', load], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, MESHFERRY_DEBUG: undefined, XDG_CACHE_HOME: join(folder, 'cache') },
  });
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toHaveLength(12);
});
