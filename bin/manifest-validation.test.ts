import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');

/** Runs the real `cdk8s synth` over an app of one VirtualService, with the plugin switched on. */
function synth(subset: string) {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-plugin-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(
      join(folder, 'cdk8s.yaml'),
      [
        'language: typescript',
        'app: node main.js',
        'validations:',
        `  - package: ${join(root, 'bin/cdk8s-plugin.js')}`,
        '    version: 0.0.0',
        '    class: ManifestValidation',
        '',
      ].join('\n'),
    );
    writeFileSync(
      join(folder, 'main.js'),
      `const { ApiObject, App, Chart } = require('cdk8s');
       const app = new App();
       const route = [{ destination: { host: 'web', subset: '${subset}' } }];
       const chart = new Chart(app, 'web', { disableResourceNameHashes: true, namespace: 'demo' });
       new ApiObject(chart, 'rule', { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule',
         metadata: { name: 'web' }, spec: { host: 'web', subsets: ['v0', 'v1'].map((name) => (
           { name, labels: { version: name } })) } });
       new ApiObject(chart, 'routes', { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService',
         metadata: { name: 'web' }, spec: { hosts: ['web'], http: [{ route }] } });
       app.synth();`,
    );
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/cdk8s-cli/bin/cdk8s'), 'synth'],
      { cwd: folder, encoding: 'utf8', env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false', NO_COLOR: '1' } },
    );
    return { status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('cdk8s synth fails with 2 and tells what is wrong', () => {
  const { status, output } = synth('v2');
  expect(output).toContain('MF202');
  expect(output).toContain('the DestinationRule of web has no subset v2');
  expect(output).toContain('VirtualService demo/web');
  expect(status).toBe(2);
});

test('cdk8s synth passes what is right', () => {
  const { status, output } = synth('v1');
  expect(output).not.toContain('MF202');
  expect(status).toBe(0);
});

test('the app of this repository passes', () => {
  const output = mkdtempSync(join(tmpdir(), 'meshferry-plugin-dist-'));
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/cdk8s-cli/bin/cdk8s'), 'synth', '--output', output, '--validate'],
      { cwd: root, encoding: 'utf8', env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false', NO_COLOR: '1' } },
    );
    expect({ status, output: stdout + stderr }).toEqual({
      status: 0,
      output: expect.stringContaining('Validations finished'),
    });
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
});
