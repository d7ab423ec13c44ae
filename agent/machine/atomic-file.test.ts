import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Namespaces of the test's own, in which it may mount. */
const namespaces = ['--user', '--map-root-user', '--mount'];
const mayMount = spawnSync('unshare', [...namespaces, 'true']).status === 0;
const withMounts = mayMount ? test : test.skip;

/** Writes to $DIR/hosts, in the shell's own mounts, and prints what is then there. */
const WRITE = `node -r ts-node/register/transpile-only -e '
  require("./agent/machine/atomic-file").writeAtomically(process.argv[1], "new\\n", { mode: 0o644 })
' "$DIR/hosts" && cat "$DIR/hosts"`;

function inMounts(script: string): string {
  const setUp =
    'set -eu; DIR=$(mktemp -d); trap "rmdir $DIR" EXIT; mount -t tmpfs tmpfs $DIR; echo old > $DIR/hosts';
  const cleanUp = 'umount -R $DIR';
  return execFileSync('unshare', [...namespaces, 'sh', '-c', `${setUp}\n${script}\n${cleanUp}`], {
    cwd: join(__dirname, '../..'),
    encoding: 'utf8',
  });
}

withMounts('a file that is a mount of its own is written in place', () => {
  expect(inMounts(`mount --bind $DIR/hosts $DIR/hosts\n${WRITE}`)).toBe('new\n');
});

withMounts('so is one whose folder is read-only, as in the unit of the agent', () => {
  expect(inMounts(`mount --bind $DIR/hosts $DIR/hosts; mount -o remount,bind,ro $DIR\n${WRITE}`)).toBe(
    'new\n',
  );
});

withMounts('a file that cannot be written at all is a failure, and stays as it was', () => {
  const script = `mount -o remount,bind,ro $DIR\n${WRITE.replace(' && cat', ' 2>&1 | grep -o EROFS | head -1; cat')}`;
  expect(inMounts(script)).toBe('EROFS\nold\n');
});
