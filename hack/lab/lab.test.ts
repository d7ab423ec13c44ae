import { shellWord } from '../../text/shell';
import { DEBIAN_PACKAGES, installCommand, missingPackages } from './debian';
import { exportLines } from './env';
import { buildArguments } from './parts/go-part';
import { IMAGES, imageConfig } from './parts/images';
import { cacheDirectory, checkName, stateDirectory } from './paths';
import { elapsed } from './progress';
import { chooseProvider, dockerEngine } from './provider';
import { run, succeeds } from './run';

describe('paths', () => {
  test('the cache is where the user says, else by XDG, else below home', () => {
    expect(cacheDirectory({ MESHFERRY_LAB_CACHE: '/c', XDG_CACHE_HOME: '/x' })).toBe('/c');
    expect(cacheDirectory({ XDG_CACHE_HOME: '/x' })).toBe('/x/meshferry-lab');
    expect(cacheDirectory({ HOME: '/home/me' })).toBe('/home/me/.cache/meshferry-lab');
  });

  test('each lab has its own state', () => {
    expect(stateDirectory('one', { HOME: '/h' })).toBe('/h/.local/state/meshferry-lab/one');
    expect(stateDirectory('one', { XDG_STATE_HOME: '/s' })).toBe('/s/meshferry-lab/one');
  });

  test.each(['a', 'meshferry', 'lab-2'])('%s names a lab', (name) => expect(checkName(name)).toBe(name));
  test.each(['', '../x', 'A', '-a', 'a-', 'a b', 'x'.repeat(31)])('"%s" does not', (name) =>
    expect(() => checkName(name)).toThrow('cannot name a lab'),
  );
});

describe('provider', () => {
  test.each([
    ['kind', 'Docker Engine 28.0', 'kind v0.30', 'kind', /Docker Engine 28.0 answers/],
    [undefined, undefined, undefined, 'local', /no Docker engine/],
    [undefined, 'Docker Engine 28.0', undefined, 'local', /kind is not on the PATH/],
    [undefined, 'Docker Engine 28.0', 'kind v0.30', 'kind', /kind v0.30 is on the PATH/],
    ['local', 'Docker Engine 28.0', 'kind v0.30', 'local', /--provider/],
  ] as const)('forced %s, engine %s, %s: %s', (forced, engine, kind, name, reason) => {
    const choice = chooseProvider(forced, engine, kind);
    expect(choice.name).toBe(name);
    if (forced !== 'kind') expect(choice.reason).toMatch(reason);
  });

  test('podman that speaks for Docker is no Docker engine', () => {
    expect(dockerEngine('Podman Engine 4.3.1;Conmon 2.1;')).toBeUndefined();
    expect(dockerEngine('Engine 28.2.2;containerd 1.7;')).toBe('Docker Engine 28.2.2');
    expect(dockerEngine('')).toBeUndefined();
  });
});

describe('env', () => {
  test('prints lines that a shell takes, whatever is in the values', async () => {
    const odd = `a'b c$(touch no)`;
    const lines = exportLines({ variables: { ODD: odd, PLAIN: '/a/b:c' }, bin: '/lab/bin' });
    expect(lines).toContain('export PLAIN=/a/b:c\n');
    expect(await run('sh', ['-c', `${lines}printf '%s|%s' "$ODD" "$PATH"`], { env: { PATH: '/bin' } })).toBe(
      `${odd}|/lab/bin:/bin`,
    );
    expect(shellWord('')).toBe("''");
  });
});

describe('Debian packages', () => {
  const all = DEBIAN_PACKAGES.map((name) => `${name}\tinstall\n`).join('');

  test('finds those that are not there, or only their configuration', () => {
    expect(missingPackages(all)).toEqual([]);
    expect(
      missingPackages(all.replace('podman\tinstall', 'podman\tdeinstall').replace('runc\t', 'xrunc\t')),
    ).toEqual(['podman', 'runc']);
    expect(missingPackages(all.replace('curl\t', 'curl:amd64\t'))).toEqual([]);
  });

  test('installs by exact name', () => {
    expect(installCommand(['runc']).join(' ')).toBe('apt-get install --yes --no-install-recommends runc');
  });
});

describe('parts', () => {
  test('go build is told packages, tags and variables', () => {
    const build = {
      packages: ['example.org/a'],
      tags: 'agent',
      variables: { 'example.org/v.version': 'v1' },
    };
    expect(buildArguments(build, '/out', 16)).toEqual([
      'build',
      '-v',
      '-trimpath',
      '-p=4',
      '-tags=agent',
      '-ldflags=-s -w -X example.org/v.version=v1',
      '-o',
      '/out/',
      'example.org/a',
    ]);
    expect(buildArguments(build, '/out', 2)).toContain('-p=2');
  });

  test('an image lists its layers by digest', () => {
    const config = JSON.parse(imageConfig({ config: { User: '1000' } }, ['aa', 'bb']));
    expect(config.rootfs).toEqual({ type: 'layers', diff_ids: ['sha256:aa', 'sha256:bb'] });
    expect(config.config.User).toBe('1000');
    expect(config.history).toHaveLength(2);
  });

  test('images have names of their own, in the place istioctl looks', () => {
    const tags = IMAGES.map(({ tag }) => tag);
    expect(new Set(tags).size).toBe(tags.length);
    expect(tags).toEqual(expect.arrayContaining(['localhost/lab/pilot:dev', 'localhost/lab/proxyv2:dev']));
  });
});

describe('commands', () => {
  test('a failed command says what it was, its code and what it wrote', async () => {
    await expect(run('sh', ['-c', 'echo reason >&2; exit 3'])).rejects.toThrow(
      /^sh -c .* ended with 3:\nreason$/,
    );
    await expect(run('no-such-program', [])).rejects.toThrow('no-such-program is not on the PATH');
    expect(await succeeds('false', [])).toBe(false);
  });

  test('a command that takes too long is killed', async () => {
    await expect(run('sleep', ['5'], { timeout: 50 })).rejects.toThrow('was killed');
  });
});

test('time is told as people read it', () => {
  expect([elapsed(0, 1500), elapsed(0, 42_000), elapsed(0, 600_000)]).toEqual([
    '1.5 s',
    '42 s',
    '10 min 0 s',
  ]);
});
