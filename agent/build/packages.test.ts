import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { version } from '../../package.json';
import { agentUnit } from '../join/agent-unit';
import { pathsUnder } from '../paths';
import { buildPackages, type PackageFormat } from './packages';

const { test, beforeAll, afterAll } = needing('go', 'rpm');
const FILES = [
  '/usr/bin/meshferry-agent',
  '/usr/lib/systemd/system/meshferry-agent.service',
  '/usr/share/doc/meshferry-agent/copyright',
];

let folder: string;
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' });

function pack(format: PackageFormat, to = folder): void {
  mkdirSync(to, { recursive: true });
  for (const architecture of ['x64', 'arm64'])
    writeFileSync(join(to, `meshferry-agent-linux-${architecture}`), `#!/bin/sh\necho ${architecture}\n`);
  const license = join(folder, 'LICENSE');
  writeFileSync(license, 'Apache-2.0\n');
  buildPackages({ format, folder: to, license, maintainer: 'Test <test@example.com>', say: () => {} });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshferry-packages-'));
  pack('deb');
  pack('rpm');
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true }));

test('there is one of each for each architecture', () => {
  expect(readdirSync(folder).filter((file) => /\.(deb|rpm)$/.test(file))).toEqual([
    `meshferry-agent-${version}-1.aarch64.rpm`,
    `meshferry-agent-${version}-1.x86_64.rpm`,
    `meshferry-agent_${version}_amd64.deb`,
    `meshferry-agent_${version}_arm64.deb`,
  ]);
});

test('the deb holds the program and its unit, and says what they need', () => {
  const deb = join(folder, `meshferry-agent_${version}_amd64.deb`);
  const root = join(folder, 'deb');
  run('dpkg-deb', '-x', deb, root);
  for (const file of FILES) expect([file, existsSync(join(root, file))]).toEqual([file, true]);
  expect(run('sh', join(root, FILES[0] ?? ''))).toBe('x64\n');
  expect(readFileSync(join(root, FILES[1] ?? ''), 'utf8')).toBe(agentUnit(FILES[0] ?? '', pathsUnder()));
  expect(run('dpkg-deb', '-f', deb, 'Depends')).toBe('systemd, iptables, iproute2, sudo, hostname\n');
});

test('the rpm installs into an empty root, and its removal leaves nothing', () => {
  const rpm = join(folder, `meshferry-agent-${version}-1.x86_64.rpm`);
  expect(run('rpm', '-qlp', rpm).trim().split('\n')).toEqual(FILES);
  const root = join(folder, 'rpm');
  mkdirSync(root);
  // There is no shell in it that could run scripts.
  const rpmIn = (...args: string[]) => run('rpm', '--root', root, '--nodeps', '--noscripts', ...args);
  rpmIn('--install', rpm);
  for (const file of FILES) expect([file, existsSync(join(root, file))]).toEqual([file, true]);
  rpmIn('--erase', 'meshferry-agent');
  for (const file of FILES) expect([file, existsSync(join(root, file))]).toEqual([file, false]);
});

test('a package whose machine is in the mesh is not removed', () => {
  const script = /preuninstall scriptlet[^\n]*\n([\s\S]*?)\npostuninstall/.exec(
    run('rpm', '-qp', '--scripts', join(folder, `meshferry-agent-${version}-1.x86_64.rpm`)),
  )?.[1];
  const state = join(folder, 'journal.json');
  const remove = () =>
    run(
      'sh',
      '-c',
      (script ?? '').replace('/var/lib/meshferry/journal.json', state).replaceAll('systemctl', 'true'),
      'sh',
      '0',
    );
  writeFileSync(state, '{"first": []}');
  expect(remove()).toBe('');
  writeFileSync(state, '{"first": [{"do": "unit"}]}');
  expect(remove).toThrow('take it out first: meshferry-agent uninstall');
});

test('the same programs give the same packages', () => {
  const again = join(folder, 'again');
  pack('deb', again);
  const file = `meshferry-agent_${version}_amd64.deb`;
  expect(readFileSync(join(again, file)).equals(readFileSync(join(folder, file)))).toBe(true);
});
