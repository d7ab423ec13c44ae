import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findInstallLine } from './install-line';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshferry-install-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function serve(path: string, line: string): void {
  mkdirSync(join(folder, path), { recursive: true });
  const annotations = { 'meshferry.dev/install': line };
  const objects = [
    { kind: 'Service', metadata: {} },
    { kind: 'ConfigMap', metadata: { annotations } },
  ];
  writeFileSync(
    join(folder, path, 'manifests.yaml'),
    objects.map((object) => JSON.stringify(object)).join('\n---\n'),
  );
}

test('finds the line, as often as it is there', () => {
  serve('prod/mesh/agent', 'curl one');
  serve('prod/mesh/copy', 'curl one');
  expect(findInstallLine(folder)).toBe('curl one');
});

test('takes none where two differ', () => {
  serve('prod/mesh/agent', 'curl one');
  serve('staging/mesh/agent', 'curl two');
  expect(() => findInstallLine(folder)).toThrow('name one');
  expect(findInstallLine(join(folder, 'staging'))).toBe('curl two');
});

test('says how there would be one', () => {
  expect(() => findInstallLine(folder)).toThrow('declare agentDownload');
});
