import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { packages } from '../package-lock.json';

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

// `npm ci` refuses a lock that leaves out what only another platform needs, and npm leaves that out where its
// registry does not have it. Such an entry holds a version and the platform; nothing of it is downloaded here.
test('the lock file knows the packages of every platform', () => {
  const locked = packages as unknown as Readonly<Record<string, Locked>>;
  const missing = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in locked) && !(`${path}/node_modules/${name}` in locked),
    ),
  );
  expect(missing).toEqual([]);
});

interface Audit {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
}

// A registry may not answer what is known of a package: that is said, and no failure of ours.
test('what is installed has no known vulnerability, as far as the registry tells', () => {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--package-lock-only', '--json'], {
    cwd: resolve(__dirname, '..'),
    encoding: 'utf8',
  });
  const { vulnerabilities } = JSON.parse(stdout) as Audit;
  if (vulnerabilities) expect(vulnerabilities).toEqual({});
  else process.stderr.write(`NOT ASKED in test/lock.test.ts: this registry answers no npm audit\n`);
});

test('what is installed comes with its checksum, from a registry', () => {
  const installed = Object.entries(packages as Readonly<Record<string, Record<string, unknown>>>).filter(
    ([path, { dev, inBundle }]) => path !== '' && !dev && !inBundle,
  );
  expect(installed.length).toBeGreaterThan(2);
  for (const [path, { integrity, hasInstallScript }] of installed) {
    expect({ path, integrity }).toEqual({ path, integrity: expect.stringMatching(/^sha512-/) });
    // esbuild's only checks and speeds up what its platform's package holds.
    expect({ path, script: hasInstallScript ?? false }).toEqual({
      path,
      script: path === 'node_modules/esbuild',
    });
  }
});
