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
