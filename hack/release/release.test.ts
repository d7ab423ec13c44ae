import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { workspaces } from '../../test/program';
import { bill, bundledPackages, lockedPackage } from './sbom';
import { signSums, writeSums } from './sums';

const ROOT = resolve(__dirname, '../..');
const workspace = workspaces();

describe('the bill of materials', () => {
  const parts = bundledPackages(ROOT, ['index.ts'], ['cdk8s', 'constructs']);
  const bom = JSON.parse(bill('meshferry', parts));

  test('names what is bundled, though it is no dependency, and nothing that only tests need', () => {
    const names = parts.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['zod', 'yaml']));
    expect(names).not.toContain('jest');
    expect(names).not.toContain('cdk8s');
  });

  test('holds the checksum that the lock file has', () => {
    const { version, integrity } = lockedPackage(ROOT, 'node_modules/zod');
    expect(bom.components).toContainEqual(
      expect.objectContaining({
        purl: `pkg:npm/zod@${version}`,
        hashes: [
          {
            alg: 'SHA-512',
            content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex'),
          },
        ],
      }),
    );
  });

  test('is the same for the same parts', () => {
    expect(bill('meshferry', bundledPackages(ROOT, ['index.ts'], ['cdk8s', 'constructs']))).toBe(
      bill('meshferry', parts),
    );
  });
});

test('every action is pinned by its digest, and a job has no right but those that it names', () => {
  const folder = join(ROOT, '.github/workflows');
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), 'utf8');
    const uses = [...text.matchAll(/uses: (\S+)/g)].map(([, action]) => action);
    expect(uses.filter((action) => !/^[\w./-]+@[0-9a-f]{40}$/.test(action ?? ''))).toEqual([]);
    expect(text).toMatch(/^permissions: \{\}$/m);
  }
});

test('checksums and their signature are what the usual programs verify, and a changed file is found', () => {
  const folder = workspace();
  const keys = workspace();
  writeFileSync(join(folder, 'a.tgz'), 'one');
  writeFileSync(join(folder, 'b.gz'), 'two');
  const key = join(keys, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'release', '-f', key]);
  const signers = join(keys, 'signers');
  writeFileSync(signers, `release@example.com ${readFileSync(`${key}.pub`, 'utf8')}`);
  writeSums(folder);
  signSums(folder, key);

  const signature = () =>
    spawnSync(
      'ssh-keygen',
      [
        ...['-Y', 'verify', '-f', signers, '-I', 'release@example.com', '-n', 'meshferry'],
        ...['-s', join(folder, 'SHA256SUMS.sig')],
      ],
      { input: readFileSync(join(folder, 'SHA256SUMS')), encoding: 'utf8' },
    ).status;
  const sums = () => spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder }).status;
  expect([signature(), sums()]).toEqual([0, 0]);
  writeFileSync(join(folder, 'b.gz'), 'three');
  expect([signature(), sums()]).toEqual([0, 1]);
  writeSums(folder);
  expect(signature()).not.toBe(0);
});
