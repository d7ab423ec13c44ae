import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { version } from '../../package.json';
import { workspaces } from '../../test/program';
import { dependencyOn } from './installation';

const workspace = workspaces();
const PACKAGE = 'project/node_modules/meshferry';

/** A project in which npm says that meshferry came from there. */
function installedFrom(resolved: string, tarball = 'content'): string {
  const integrity = `sha512-${createHash('sha512').update('content').digest('base64')}`;
  return workspace({
    'packed.tgz': tarball,
    [`${PACKAGE}/package.json`]: '{}',
    'project/node_modules/.package-lock.json': JSON.stringify({
      packages: { 'node_modules/meshferry': { resolved, integrity } },
    }),
  });
}

test('what came from a registry is asked of a registry', () => {
  const folder = installedFrom('https://registry.example/meshferry/-/meshferry-0.1.0.tgz');
  expect(dependencyOn(join(folder, PACKAGE), folder)).toEqual({ spec: version });
});

test('what came from a tarball is a file of the repository', () => {
  const folder = installedFrom('file:../packed.tgz');
  expect(dependencyOn(join(folder, PACKAGE), folder)).toEqual({
    spec: `file:vendor/meshferry-${version}.tgz`,
    tarball: { from: join(folder, 'packed.tgz'), to: `vendor/meshferry-${version}.tgz` },
  });
});

test('a tarball that is gone, or another one by now, is refused', () => {
  const gone = installedFrom('file:../gone.tgz');
  expect(() => dependencyOn(join(gone, PACKAGE), gone)).toThrow(
    /gone\.tgz, which meshferry was installed from, is gone\n {2}way out: install it again/,
  );
  const changed = installedFrom('file:../packed.tgz', 'something else');
  expect(() => dependencyOn(join(changed, PACKAGE), changed)).toThrow('is another package than the one');
});
