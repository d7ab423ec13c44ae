import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDistribution } from './distribution';

const folder = mkdtempSync(join(tmpdir(), 'meshferry-os-'));
const file = join(folder, 'os-release');
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['deb', 'Debian GNU/Linux 12 (bookworm)', 'ID=debian'],
  ['deb', 'Ubuntu 24.04.1 LTS', 'ID=ubuntu\nID_LIKE=debian'],
  ['deb', 'Linux Mint 22', 'ID=linuxmint\nID_LIKE="ubuntu debian"'],
  ['rpm', 'Red Hat Enterprise Linux 9.4 (Plow)', 'ID="rhel"\nID_LIKE="fedora"'],
  ['rpm', 'Rocky Linux 9.5 (Blue Onyx)', "ID='rocky'\nID_LIKE='rhel centos fedora'"],
  ['rpm', 'AlmaLinux 9.5 (Teal Serval)', 'ID="almalinux"\nID_LIKE="rhel centos fedora"'],
  ['rpm', 'Oracle Linux Server 9.4', 'ID="ol"\nID_LIKE="fedora"'],
  ['rpm', 'Amazon Linux 2023.6', 'ID="amzn"\nID_LIKE="fedora"'],
  ['rpm', 'Fedora Linux 41 (Server Edition)', 'ID=fedora'],
  ['rpm', 'openSUSE Leap 15.6', 'ID="opensuse-leap"\nID_LIKE="suse opensuse"'],
  ['rpm', 'SUSE Linux Enterprise Server 15 SP6', 'ID="sles"\nID_LIKE="suse"'],
])('%s packages on %s', (type, name, ids) => {
  writeFileSync(file, `# a comment\nPRETTY_NAME="${name}"\n${ids}\nVERSION_ID="1"\n`);
  expect(readDistribution(file)).toEqual({ type, name });
});

test.each([
  ['Alpine Linux v3.20', 'ID=alpine\nPRETTY_NAME="Alpine Linux v3.20"\n'],
  ['unknown', ''],
])('what takes neither is refused: %s', (name, text) => {
  writeFileSync(file, text);
  expect(() => readDistribution(file)).toThrow(`this distribution (${name}) is not known`);
});

test('a machine that does not say what it is is refused', () => {
  expect(() => readDistribution(join(folder, 'nothing'))).toThrow('this distribution (unknown) is not known');
});
