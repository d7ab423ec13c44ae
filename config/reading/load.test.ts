import { mkdirSync, symlinkSync } from 'node:fs';
import { inFolder, load, told, VALID } from '../../test/workspace';
import { ConfigError } from '../error';
import { loadMigrations } from './load';

const F = 'migrations/analytics.yaml';

/** What `loadMigrations('migrations')` tells in the working directory. */
function toldHere(): string[] {
  try {
    loadMigrations('migrations');
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

describe('files', () => {
  test('come sorted by environment and name, each with the nearest mesh', () => {
    const loaded = load({
      'migrations/prod/orders.yaml': VALID,
      'migrations/prod/eu/orders.yaml': VALID,
      'migrations/prod/eu/mesh.yaml': 'istio: "1.30"\n',
      'migrations/b.yaml': `name: z\n${VALID}`,
      'migrations/c.yaml': VALID,
      'migrations/.drafts/x.yaml': 'nonsense: [',
      'migrations/README.md': 'not YAML',
    });
    expect(
      loaded.map(({ environment, migration, mesh, file }) => [environment, migration.name, mesh.istio, file]),
    ).toEqual([
      ['', 'c', '1.18', 'migrations/c.yaml'],
      ['', 'z', '1.18', 'migrations/b.yaml'],
      ['prod', 'orders', '1.18', 'migrations/prod/orders.yaml'],
      ['prod/eu', 'orders', '1.30', 'migrations/prod/eu/orders.yaml'],
    ]);
  });

  test('a mesh comes after an environment that is there', () => {
    const files = (after: string) => ({
      'migrations/staging/orders.yaml': VALID,
      'migrations/prod/orders.yaml': VALID,
      'migrations/prod/mesh.yaml': `istio: "1.30"\nafter: ${after}\n`,
    });
    expect(told(files('staging'))).toEqual([]);
    expect(told(files('stagin'))).toEqual([
      '✖ "stagin" names no environment that holds a migration; there are prod, staging; did you mean "staging"? → at after (migrations/prod/mesh.yaml:2)',
    ]);
  });

  test('have an id that is unique among all', () => {
    const loaded = load({ 'migrations/prod/eu/orders.yaml': VALID, 'migrations/c.yaml': VALID });
    expect(loaded.map(({ id }) => id)).toEqual(['c', 'prod/eu/orders']);
  });

  // Each would reach names of branches, commit messages and commands that users paste.
  test.each([
    ...[
      '$(touch x)',
      '`id`',
      'a;id',
      'a b',
      "it's",
      '-rf',
      'a\nb',
      '\u001b[2J',
      'Prod',
      'a_b',
      'a.lock',
      'a..b',
    ],
    ...['@{1}', 'a~1', 'a^', 'a:b', '\u202eevil'],
  ])('are refused in an environment named %j, once for a folder', (name) => {
    const [first, ...more] = told({
      [`migrations/${name}/x.yaml`]: VALID,
      [`migrations/${name}/eu/x.yaml`]: VALID,
    });
    expect(more).toEqual([]);
    expect(first).toContain(
      `✖ ${JSON.stringify(name)} names an environment and must be a DNS-1123 label: lower case letters, digits and "-"`,
    );
    expect(first).toMatch(/; rename the folder → at migrations\/[^\p{Cc}\p{Cf}]+$/u);
  });

  test('may be in a folder that is named absolutely; messages stay relative', () => {
    inFolder({ 'm/a.yaml': 'x', 'm/mesh.yaml': 'istio: "1.15"' }, (folder) => {
      expect(() => loadMigrations(`${folder}/m`)).toThrow('(m/a.yaml:1)'.slice(1, -1));
    });
  });

  test('are missing with their folder', () => {
    expect(inFolder({}, toldHere)).toEqual([
      '✖ there is no such folder: `meshferry init` makes one with an example → at migrations',
    ]);
  });

  test('are missing in a folder without any', () => {
    expect(told({ 'migrations/README.md': '' })).toEqual([
      '✖ holds no migration: declare one in migrations/<name>.yaml → at migrations',
    ]);
  });

  test('in place of the folder', () => {
    expect(inFolder({ migrations: '' }, toldHere)).toEqual(['✖ is not a folder → at migrations']);
  });

  test('named .yml are told, not skipped', () => {
    expect(told({ [F]: VALID, 'migrations/orders.yml': VALID, 'migrations/prod/mesh.YAML': '' })).toEqual([
      '✖ is not read: rename it to orders.yaml → at migrations/orders.yml',
      '✖ is not read: rename it to mesh.yaml → at migrations/prod/mesh.YAML',
    ]);
  });

  test('without a mesh name the places that were looked at, once for a folder', () => {
    const files = { 'migrations/a/b/x.yaml': VALID, 'migrations/a/b/y.yaml': VALID };
    expect(inFolder(files, toldHere)).toEqual([
      '✖ there is no mesh.yaml for this migration: looked for migrations/a/b/mesh.yaml, migrations/a/mesh.yaml, migrations/mesh.yaml; declare at least istio in one → at migrations/a/b/x.yaml',
    ]);
  });

  test('that cannot be read say why', () => {
    inFolder({ 'migrations/mesh.yaml': 'istio: "1.15"' }, () => {
      symlinkSync('nowhere', 'migrations/gone.yaml');
      symlinkSync('loop.yaml', 'migrations/loop.yaml');
      expect(toldHere()).toEqual([
        "✖ can't be read: ENOENT → at migrations/gone.yaml",
        "✖ can't be read: ELOOP → at migrations/loop.yaml",
      ]);
    });
  });

  test('that are no files say so', () => {
    inFolder({ 'migrations/mesh.yaml': 'istio: "1.15"', 'x/a': '' }, () => {
      mkdirSync('migrations/sub.yaml');
      symlinkSync('../x', 'migrations/link.yaml');
      expect(toldHere()).toEqual(["✖ can't be read: it is not a file → at migrations/link.yaml"]);
    });
  });
});

describe('the text of a file', () => {
  test.each<[string, string | Uint8Array, string[]]>([
    ['empty', '', [`✖ is empty: declare at least namespace, phase and ports → at ${F}:1`]],
    [
      'only comments',
      '# soon\n\n  # more\n',
      [`✖ is empty: declare at least namespace, phase and ports → at ${F}:1`],
    ],
    ['only a document mark', '---\n', [`✖ has no value: fill it in, or leave the key out → at ${F}:1`]],
    ['no mapping', '- a\n', [`✖ must be a mapping (lines of "key: value"), not a list → at ${F}:1`]],
    [
      'broken',
      `${VALID}rules: [\n`,
      [
        `✖ not valid YAML (deficient indentation): look at the indentation, quotes and brackets up to here → at ${F}:8`,
      ],
    ],
    [
      'a tab',
      VALID.replace('  http', '\thttp'),
      [
        `✖ not valid YAML (tab characters must not be used in indentation): look at the indentation, quotes and brackets up to here → at ${F}:4`,
      ],
    ],
    [
      'an alias of nothing',
      `${VALID}app: *name\n`,
      [
        `✖ not valid YAML (unidentified alias "name"): look at the indentation, quotes and brackets up to here → at ${F}:7`,
      ],
    ],
    [
      'a tag',
      `${VALID}app: !!js/function "x"\n`,
      [
        `✖ not valid YAML (unknown scalar tag !<tag:yaml.org,2002:js/function>): look at the indentation, quotes and brackets up to here → at ${F}:7`,
      ],
    ],
    [
      'a key that is no text',
      `? [a, b]\n: 1\n`,
      [`✖ holds a key that is a list or a mapping: a key must be text → at ${F}:1`],
    ],
    [
      'two documents',
      `${VALID}---\n${VALID}`,
      [`✖ holds several documents: put each into a file of its own, without "---" between → at ${F}:7`],
    ],
    [
      'not UTF-8',
      Buffer.from(`${VALID}app: caf\xe9\n`, 'latin1'),
      [`✖ is not UTF-8 text: save it as UTF-8 → at ${F}:7`],
    ],
    [
      'UTF-16',
      Buffer.from(`\uFEFF${VALID}`, 'utf16le'),
      [`✖ is not UTF-8 text: save it as UTF-8 → at ${F}:1`],
    ],
    ['with a byte order mark', `\uFEFF${VALID}`, []],
    ['with Windows line ends', VALID.replaceAll('\n', '\r\n'), []],
    [
      'with Windows line ends and a fault',
      VALID.replaceAll('\n', '\r\n').replace('8080', '0'),
      [`✖ 0 must be a port number from 1 to 65535 → at ports.http (${F}:4)`],
    ],
    [
      'too deep',
      `${VALID}app: ${'['.repeat(100_000)}\n`,
      [`✖ is nested more than 32 levels deep → at ${F}:7`],
    ],
    [
      'too large',
      `${VALID}# ${'x'.repeat(256 * 1024)}`,
      [`✖ is 257 KiB, and 256 KiB is the most: is it the right file? → at ${F}`],
    ],
  ])('%s', (_, text, expected) => {
    expect(told({ [F]: text })).toEqual(expected);
  });

  test('a key that is declared twice hides no other fault', () => {
    const text = `${VALID.replace('http: 8080', 'http: 8080\n  http: 0')}phase: pin\nphase: onbord\n`;
    expect(told(text)).toEqual([
      `✖ "http" is declared twice in this mapping, first in line 4: keep one → at ${F}:5`,
      `✖ 0 must be a port number from 1 to 65535 → at ports.http (${F}:5)`,
      `✖ "phase" is declared twice in this mapping, first in line 2: keep one → at ${F}:8`,
      expect.stringMatching(/^✖ "phase" is declared twice .* → at migrations\/analytics.yaml:9$/),
      expect.stringMatching(
        /^✖ "onbord" is not in the plan, .* → at phase \(migrations\/analytics.yaml:9\)$/,
      ),
    ]);
  });

  test('aliases work where they are few', () => {
    const text = `${VALID.replace('ports:', 'ports: &ports')}  ports: *ports\n`;
    expect(load({ [F]: text })[0]?.migration.ports[0]?.kubernetes).toBe(8080);
  });

  test('an anchor bomb fails at once and takes no memory', () => {
    const levels = Array.from(
      { length: 40 },
      (_, i) => `  - &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
    );
    const bomb = `${VALID}rules:\n  - &a0 {timeout: 3s}\n${levels.join('\n')}\n`;
    const heap = process.memoryUsage().heapUsed;
    const began = process.cpuUsage();
    expect(told(bomb)).toEqual([`✖ holds more than 20 aliases ("*name"): write the values out → at ${F}:11`]);
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(20);
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(64 * 2 ** 20);
  });

  test('aliases below the limit stay cheap, though they multiply', () => {
    const rule = Array.from({ length: 9 }, (_, i) => (i === 0 ? '&m {uri: {prefix: 3}}' : '*m')).join(', ');
    const text = `${VALID}rules:\n  - &r {match: [${rule}]}\n${'  - *r\n'.repeat(12)}`;
    expect(told(text)).toHaveLength(9 * 13);
  });

  test.each([
    ['blank lines', `${'\n'.repeat(200_000)}x`],
    ['unknown keys', Array.from({ length: 15_000 }, (_, i) => `k${i}: 1\n`).join('')],
    ['repeated keys', 'k: 1\n'.repeat(40_000)],
    ['items of a wrong form', `${VALID}rules:\n${'  - 1\n'.repeat(40_000)}`],
    ['items that are told twice', `${VALID}aliases:\n${'  - a.example\n'.repeat(15_000)}`],
    ['names that fit no pattern', `${VALID}aliases: [${'a-'.repeat(60_000)}!, ${'a.'.repeat(60_000)}!]`],
  ])('as many %s as a file holds are told within seconds', (_, text) => {
    // Processor time, since the machine may be busy; telling it in the square of their number took minutes.
    const began = process.cpuUsage();
    expect(told(text).length).toBeGreaterThan(0);
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(20);
  });

  test('a value that holds itself', () => {
    expect(told(`${VALID}rules: &r [*r]\n`)).toEqual([
      `✖ must be a mapping (lines of "key: value"), not a list → at rules[0] (${F}:7)`,
    ]);
  });
});

describe('a faulty mesh', () => {
  test('is told once, beside the faults of its migrations', () => {
    expect(
      told({
        'migrations/mesh.yaml': '',
        'migrations/a.yaml': VALID,
        'migrations/b.yaml': VALID.replace('8080', '0'),
      }),
    ).toEqual([
      '✖ 0 must be a port number from 1 to 65535 → at ports.http (migrations/b.yaml:4)',
      '✖ is empty: declare at least istio → at migrations/mesh.yaml:1',
    ]);
  });
});

test('a standby on an Istio that cannot prefer one side', () => {
  const standby = `${VALID}mode: long-term\nends: standby\n`;
  const files = { 'migrations/mesh.yaml': 'istio: "1.17.8"\n', 'migrations/analytics.yaml': standby };
  expect(told(files)).toEqual([
    '✖ standby needs Istio 1.18 or later, and mesh.yaml says 1.17.8: choose split, or update Istio first → at ends (migrations/analytics.yaml:8)',
  ]);
  expect(told({ ...files, 'migrations/mesh.yaml': 'istio: "1.18"\n' })).toEqual([]);
});
