import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { meshInput, migrationInput } from '../../test/arbitraries';
import { contents, workspaces, write } from '../../test/program';
import { renderMigrations } from '../render-migrations';
import { type Index, indexFile, keepIndex, readIndex } from './index-file';
import { stampPart } from './parts';
import { type RunContext, shareRunContext } from './run-context';
import { stampOf } from './stamp';

const workspace = workspaces();
const MESH = 'istio: "1.18"\n';
const migration = (phase: string, more = '') =>
  `namespace: demo\nphase: ${phase}\nports: {http: 8080}\nkubernetes: {image: example/a:1}\n${more}`;
const FILES = {
  'migrations/mesh.yaml': MESH,
  'migrations/analytics.yaml': migration('pin'),
  'migrations/payments.yaml': migration('deploy'),
  'migrations/prod/mesh.yaml': `${MESH}gitops: {flux: {}}\nexpansionGateway: {render: true}\n`,
  'migrations/prod/eu/payments.yaml': migration('pin'),
};

const before = { folder: process.cwd(), cache: process.env.XDG_CACHE_HOME };
afterEach(() => {
  process.chdir(before.folder);
  if (before.cache === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before.cache;
});

/** A workspace that is the working directory, with its own cache. */
function inWorkspace(files: Readonly<Record<string, string>> = FILES) {
  const folder = workspace(files);
  process.chdir(folder);
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
  return folder;
}

interface Outcome {
  /** What is in dist/ afterwards. */
  readonly files: ReturnType<typeof contents>;
  /** Whether single files were replaced, and not the whole folder. */
  readonly single: boolean;
  readonly error?: string;
}

/** Renders as one run of the program does. */
function render(program = 'one', options = {}): Outcome {
  const dist = existsSync('dist') ? statSync('dist').ino : undefined;
  const context: RunContext = { program };
  let error: string | undefined;
  try {
    shareRunContext(context, () => renderMigrations(options));
    expect(context.rendered?.files).toBe(Object.keys(contents('dist') ?? {}).length);
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  expect(readdirSync('.').filter((name) => name.startsWith('.'))).toEqual([]);
  return {
    files: contents('dist'),
    single: statSync('dist').ino === dist && !error,
    ...(error && { error }),
  };
}

/** What rendering everything gives. */
function inFull(): Omit<Outcome, 'single'> {
  try {
    renderMigrations({ to: 'elsewhere' });
    return { files: contents('elsewhere') };
  } catch (error) {
    return { files: undefined, error: (error as Error).message };
  } finally {
    rmSync('elsewhere', { recursive: true, force: true });
  }
}

/** Where the index of dist/ is. */
function ourIndex(): string {
  return indexFile(join(process.cwd(), 'dist')) ?? '';
}

/** Waits until no stamp is too young to be trusted. */
function settle() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120);
}

test('a migration that changed is rendered alone, and what is the same is not written', () => {
  inWorkspace();
  render();
  settle();
  const written = () =>
    Object.keys(contents('dist') ?? {}).map((file) => [file, lstatSync(join('dist', file)).ctimeMs] as const);
  for (const phase of ['deploy', 'shift-10', 'drain', 'done', 'onboard', 'deploy']) {
    const then = written();
    const { files } = inFull();
    write('migrations/analytics.yaml', migration(phase));
    const outcome = render();
    expect(outcome).toEqual({ ...inFull(), single: true });
    const differ = Object.keys(files ?? {}).filter((file) => files?.[file] !== outcome.files?.[file]);
    const now = new Map(written());
    expect(then.filter(([file, time]) => now.get(file) !== time).map(([file]) => file)).toEqual(differ);
    settle();
  }
});

test('several that changed are rendered, in every environment, with an object of their own for the sync', () => {
  inWorkspace();
  render();
  write('migrations/analytics.yaml', migration('shift-25'));
  write('migrations/prod/eu/payments.yaml', migration('deploy', 'gate: {soak: 1h}\n'));
  const outcome = render();
  expect(outcome).toEqual({ ...inFull(), single: true });
  expect(Object.keys(outcome.files ?? {})).toContain('prod/eu/mesh/sync/payments.yaml');
});

test('where nothing changed nothing is written', () => {
  const folder = inWorkspace();
  render();
  settle();
  render(); // what was too young is trusted from now on
  const stamps = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => !file.startsWith('cache/meshferry') || file.includes('renderings/'))
      .map((file) => [file, statSync(join(folder, file)).mtimeMs]);
  const then = stamps();
  expect(render()).toEqual({ ...inFull(), single: true });
  expect(stamps()).toEqual(then);
});

describe('everything is rendered where', () => {
  const analytics = 'dist/analytics/vm/manifests.yaml';
  const cases: [what: string, change: () => void, program?: string][] = [
    ['a mesh changed', () => write('migrations/mesh.yaml', 'istio: "1.22"\n')],
    ['a mesh was added', () => write('migrations/prod/eu/mesh.yaml', 'istio: "1.22"\n')],
    ['a mesh was removed', () => rmSync('migrations/prod/mesh.yaml')],
    ['a migration was added', () => write('migrations/orders.yaml', migration('pin'))],
    ['a migration was removed', () => rmSync('migrations/payments.yaml')],
    ['a migration was renamed', () => renameSync('migrations/payments.yaml', 'migrations/orders.yaml')],
    [
      'a migration got another name',
      () => write('migrations/payments.yaml', migration('pin', 'name: orders\n')),
    ],
    [
      'a migration claims another host',
      () => write('migrations/payments.yaml', migration('pin', 'aliases: [old.example]\n')),
    ],
    [
      'a migration has other phases',
      () => write('migrations/payments.yaml', migration('pin', 'shift: {steps: [50, 100]}\n')),
    ],
    ['the program changed', () => undefined, 'two'],
    [
      'a setting of cdk8s changed',
      () => {
        process.env.CDK8S_DISABLE_SORT = '1';
      },
    ],
    ['a file in dist/ was edited', () => write(analytics, 'mine\n')],
    ['a file in dist/ was written again', () => write(analytics, readFileSync(analytics, 'utf8'))],
    ['a file in dist/ was touched', () => utimesSync(analytics, 1, 1)],
    ['the mode of a file in dist/ changed', () => chmodSync(analytics, 0o600)],
    ['a file in dist/ was removed', () => rmSync(analytics)],
    ['a folder in dist/ was removed', () => rmSync('dist/prod', { recursive: true })],
    ['a folder was added to dist/', () => mkdirSync('dist/analytics/vm/empty')],
    ['a folder was added at the top of dist/', () => mkdirSync('dist/empty')],
    [
      'a file was added to a folder in dist/',
      () => write('dist/analytics/phases/99-older.yaml', '# layer: vm\n'),
    ],
    [
      'another rendering took the place of dist/',
      () => {
        write('migrations/payments.yaml', migration('done'));
        renderMigrations();
        write('migrations/payments.yaml', migration('deploy'));
      },
    ],
    ['dist/ is gone', () => rmSync('dist', { recursive: true })],
    ['there is no index', () => rmSync(ourIndex())],
  ];
  afterEach(() => {
    delete process.env.CDK8S_DISABLE_SORT;
  });
  test.each(cases)('%s', (...[, change, program]) => {
    inWorkspace();
    render();
    write('migrations/analytics.yaml', migration('deploy'));
    expect(render().single).toBe(true);
    settle();
    change();
    write('migrations/analytics.yaml', migration('shift-10'));
    const outcome = render(program);
    expect(outcome).toEqual({ ...inFull(), single: false });
    // And the next one builds on it.
    write('migrations/analytics.yaml', migration('shift-25'));
    expect(render(program)).toEqual({ ...inFull(), single: true });
  });

  test('the migrations are those of another folder', () => {
    inWorkspace({ ...FILES, 'other/mesh.yaml': MESH, 'other/analytics.yaml': migration('drain') });
    render();
    render('one', { from: 'other' });
    expect(contents('dist/analytics')).toBeDefined();
    expect(contents('dist/payments')).toBeUndefined();
    expect(render()).toEqual({ ...inFull(), single: false });
  });
});

test.each([
  ['broken', 'phase: [\n'],
  ['of another phase', migration('nowhere')],
  ['in the way of another', migration('pin', 'service: {name: payments}\n')],
  ['too large', `# ${'x'.repeat(300 * 1024)}\n`],
])('a migration that is %s is told in the words of a full rendering, and costs nothing', (_, text) => {
  inWorkspace();
  const { files } = render();
  write('migrations/analytics.yaml', text);
  const { error } = inFull();
  expect(error).toContain('✖');
  expect(render()).toEqual({ files, error, single: false });
  write('migrations/analytics.yaml', migration('deploy'));
  expect(render()).toEqual({ ...inFull(), single: true });
});

test.each([
  ['a file', 'analytics/vm/manifests.yaml'],
  ['a folder', 'analytics/vm'],
])('%s that became a link is refused as ever', (_, path) => {
  inWorkspace();
  render();
  renameSync(join('dist', path), 'real');
  symlinkSync(join(process.cwd(), 'real'), join('dist', path));
  expect(() => shareRunContext({ program: 'one' }, renderMigrations)).toThrow(
    `${path} did not come from one`,
  );
});

test('a folder that is no place to render into is refused as ever', () => {
  inWorkspace();
  render();
  process.chdir('dist');
  expect(() =>
    shareRunContext({ program: 'one' }, () => renderMigrations({ from: '../migrations', to: '.' })),
  ).toThrow(/the working directory would be replaced/);
});

test('what nothing asks to remember leaves no index', () => {
  inWorkspace();
  renderMigrations();
  expect(existsSync('cache')).toBe(false);
});

describe('a change within the same tick of the clock is seen:', () => {
  // The clock stands still: however slow the machine, what a test writes stays too young to be trusted by its stamp.
  beforeEach(() => {
    jest.spyOn(Date, 'now').mockReturnValue(Date.now());
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Makes the index believe that it has stamped everything as it is now. */
  function trust() {
    const target = join(process.cwd(), 'dist');
    const index = readIndex(target);
    if (!index) throw new Error('there is no index');
    const inputs = Object.entries(index.inputs).map(
      ([name, input]) => [name, { ...input, stamp: stampOf(join('migrations', name)) }] as const,
    );
    const parts = Object.entries(index.parts).map(
      ([folder, part]) =>
        [
          folder,
          { ...part, stamps: stampPart(target, folder, index.shapes[part.shape] ?? []).digest },
        ] as const,
    );
    keepIndex(target, {
      ...index,
      inputs: Object.fromEntries(inputs),
      parts: Object.fromEntries(parts),
    } satisfies Index);
  }

  test('in a migration', () => {
    inWorkspace();
    render();
    write('migrations/analytics.yaml', migration('pin').replace('a:1', 'a:2'));
    trust();
    expect(render()).toEqual({ ...inFull(), single: true });
    // A young stamp alone would not have told: an old one is believed.
    jest.restoreAllMocks();
    settle();
    render();
    write('migrations/analytics.yaml', migration('pin').replace('a:1', 'a:3'));
    trust();
    expect(render().files).not.toEqual(inFull().files);
  });

  test('in a file of dist/', () => {
    inWorkspace();
    render();
    write('dist/analytics/vm/manifests.yaml', 'mine\n');
    trust();
    expect(render()).toEqual({ ...inFull(), single: false });
  });

  test('in a folder of dist/', () => {
    inWorkspace();
    render();
    write('dist/analytics/vm/mine.yaml', '');
    trust();
    expect(render().error).toMatch(/analytics\/vm\/mine.yaml did not come from one/);
  });

  test('in a file that was just replaced', () => {
    inWorkspace();
    render();
    write('migrations/analytics.yaml', migration('deploy'));
    render();
    const file = 'dist/analytics/workload/manifests.yaml';
    write(file, readFileSync(file, 'utf8').replace('a:1', 'a:2'));
    trust();
    expect(render()).toEqual({ ...inFull(), single: false });
  });
});

test('an index that is damaged is not believed', () => {
  inWorkspace();
  render();
  settle();
  render();
  const file = ourIndex();
  const whole = readFileSync(file);
  write('migrations/analytics.yaml', migration('deploy'));
  const expected = inFull().files;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.record({ at: fc.nat(whole.length - 1), byte: fc.integer({ min: 1, max: 255 }) }),
        fc.record({ cut: fc.nat(whole.length - 1) }),
        fc.record({ zeros: fc.nat(whole.length - 1) }),
      ),
      (damage) => {
        const bytes = Buffer.from(whole);
        if ('at' in damage) bytes[damage.at] = (bytes[damage.at] ?? 0) ^ damage.byte;
        if ('zeros' in damage) bytes.fill(0, damage.zeros, Math.min(bytes.length, damage.zeros + 4096));
        writeFileSync(file, 'cut' in damage ? bytes.subarray(0, damage.cut) : bytes);
        expect(render().files).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});

test('whatever is changed, the files are those of a full rendering', () => {
  const anyMigration = migrationInput();
  const name = fc.constantFrom('a', 'b', 'c', 'prod/a', 'prod/b', 'prod/eu/c');
  const edit = fc.oneof(
    { weight: 3, arbitrary: fc.record({ phase: name, to: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ change: name, to: anyMigration }) },
    { weight: 1, arbitrary: fc.record({ image: name, to: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ remove: name }) },
    { weight: 1, arbitrary: fc.record({ mesh: fc.constantFrom('', 'prod/', 'prod/eu/'), to: meshInput() }) },
    { weight: 1, arbitrary: fc.record({ touch: name }) },
    { weight: 1, arbitrary: fc.record({ program: fc.constantFrom('one', 'two') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        output: fc.nat(),
        how: fc.constantFrom('edit', 'delete', 'touch', 'beside', 'stray' as const),
      }),
    },
  );
  let single = 0;
  let failed = 0;
  let runs = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, anyMigration), { minLength: 2, maxLength: 4 }),
      fc.array(fc.array(edit, { minLength: 0, maxLength: 2 }), { minLength: 3, maxLength: 8 }),
      (first, rounds) => {
        const folder = inWorkspace({ 'migrations/mesh.yaml': JSON.stringify({ istio: '1.22' }) });
        const at = (path: string) => join('migrations', `${path}.yaml`);
        for (const [path, input] of first)
          write(at(path), JSON.stringify({ ...input, name: undefined, app: undefined }));
        const set = (path: string, change: (value: Record<string, unknown>) => void) => {
          if (!existsSync(at(path))) return;
          const value = JSON.parse(readFileSync(at(path), 'utf8'));
          change(value);
          write(at(path), JSON.stringify(value));
        };
        let program = 'one';
        let last: Outcome | undefined;
        for (const edits of [[], ...rounds]) {
          for (const one of edits) {
            if ('phase' in one) {
              set(one.phase, (value) => {
                value.phase = ['onboard', 'pin', 'deploy', 'drain', 'done'][one.to % 5];
              });
            } else if ('change' in one) {
              write(at(one.change), JSON.stringify({ ...one.to, name: undefined, app: undefined }));
            } else if ('image' in one) {
              set(one.image, (value) => {
                if (value.kubernetes) (value.kubernetes as { image: string }).image = `example/a:${one.to}`;
              });
            } else if ('remove' in one) rmSync(at(one.remove), { force: true });
            else if ('mesh' in one) write(at(`${one.mesh}mesh`), JSON.stringify(one.to));
            else if ('touch' in one) set(one.touch, () => undefined);
            else if ('program' in one) program = one.program;
            else if (last?.files) {
              const files = Object.keys(last.files);
              if (files.length === 0) continue;
              const file = join('dist', files[one.output % files.length] ?? '');
              if (!existsSync(file)) continue;
              if (one.how === 'edit') write(file, `${readFileSync(file, 'utf8')}# mine\n`);
              if (one.how === 'delete') rmSync(file);
              if (one.how === 'touch') utimesSync(file, 1, 1);
              if (one.how === 'beside') write(join(file, '../../phases/77-older.yaml'), '# layer: vm\n');
              if (one.how === 'stray') write('dist/stray/phases/01-older.yaml', '# layer: vm\n');
            }
          }
          const there = contents('dist');
          if (!existsSync('dist')) mkdirSync('dist');
          const outcome = render(program);
          const full = inFull();
          expect(outcome.error).toEqual(full.error);
          expect(outcome.files).toEqual(full.error === undefined ? full.files : there);
          runs++;
          if (outcome.single) single++;
          if (outcome.error) failed++;
          last = outcome;
        }
        process.chdir(before.folder);
        rmSync(folder, { recursive: true });
      },
    ),
    { numRuns: 40 },
  );
  // Each of the three ways was taken often.
  expect(single).toBeGreaterThan(runs / 10);
  expect(failed).toBeGreaterThan(runs / 50);
  expect(runs - single - failed).toBeGreaterThan(runs / 10);
});
