import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { defineMesh, defineMigration, type MeshInput } from '../../config';
import { CERTIFICATE } from '../../test/certificate';
import { meshferry, workspaces } from '../../test/program';
import { cloudInit } from './cloud-init';
import { lineOf } from './install-line';

const workspace = workspaces();
const PACKED = gzipSync(
  '#!/bin/sh\nprintf "%s\\n" "$*" >> calls\ncase "$*" in *" -") cat >> calls ;; esac\n',
);
const checksum = createHash('sha256').update(PACKED).digest('hex');
const checksums = { x64: checksum, arm64: checksum };
const URL = 'https://files.example.com/agent/0.1.0';
const declared = (agentDownload: MeshInput['agentDownload']) => defineMesh({ istio: '1.24', agentDownload });

describe('the line for an agent that any https folder serves', () => {
  const sidecar = { url: 'https://files.example.com/istio-{version}.{type}', sha256: 'c'.repeat(64) };
  const whole = {
    url: URL,
    checksums,
    apiServer: 'https://api.example.com',
    apiServerCa: CERTIFICATE,
    package: sidecar,
  };

  /** Runs a line with a curl that finds the program on the disk, and an install and a sudo that need no root. */
  function paste(line: string, served: Buffer) {
    const folder = workspace();
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(folder, 'served'), served);
    const program = (name: string, script: string) => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    };
    program('curl', `for last; do :; done; echo "$*" > asked; cp served "$last"`);
    program('sudo', 'exec "$@"');
    program('install', `cp "$3" ${bin}/meshferry-agent; chmod 755 ${bin}/meshferry-agent`);
    const env = { PATH: `${bin}:/usr/bin:/bin`, TMPDIR: folder };
    const run = () => execFileSync('sh', ['-c', line], { cwd: folder, env, stdio: 'pipe' });
    return { run, read: (file: string) => readFileSync(join(folder, file), 'utf8'), bin };
  }

  test('installs what the checksum is of, and tells it the API server and the package', () => {
    const line = lineOf(declared(whole));
    expect(line).not.toContain('\n');
    const { run, read } = paste(line, PACKED);
    run();
    expect(read('asked')).toContain(`${URL}/meshferry-agent-linux-${process.arch}.gz`);
    expect(read('calls')).toBe(
      [
        'set api-server https://api.example.com --ca -',
        CERTIFICATE.trim(),
        `set package ${sidecar.url} --sha256 ${sidecar.sha256}`,
        '',
      ].join('\n'),
    );
  });

  test('installs nothing else', () => {
    const { run, bin } = paste(lineOf(declared({ url: URL, checksums })), gzipSync('something else'));
    expect(run).toThrow(/FAILED|WARNING/);
    expect(existsSync(join(bin, 'meshferry-agent'))).toBe(false);
  });

  test('does without an API server, which each machine can be told', () => {
    const { run, bin } = paste(lineOf(declared({ url: URL, checksums })), PACKED);
    run();
    expect(existsSync(join(bin, 'meshferry-agent'))).toBe(true);
  });
});

describe('agentDownload is parsed', () => {
  test.each<[string, object, string]>([
    [
      'http',
      { url: 'http://files.example.com' },
      '"http://files.example.com" must be the https address of a folder',
    ],
    ['a command in the url', { url: 'https://files.example.com/$(id)' }, 'at agentDownload.url'],
    ['a query', { url: 'https://files.example.com/?x' }, 'at agentDownload.url'],
    ['a password', { url: 'https://user:secret@files.example.com/' }, 'at agentDownload.url'],
    ['nothing that serves it', {}, '"url" is missing: declare the https folder that machines download'],
    ['both', { url: URL, image: 'a:1' }, 'has no effect beside url'],
    ['a gateway beside a url', { url: URL, gateway: 'ingress' }, 'at agentDownload.gateway'],
    [
      'an image without a gateway',
      { image: 'a:1' },
      '"gateway" is missing: image needs it → at agentDownload.gateway',
    ],
    [
      'half of an API server',
      { url: URL, apiServer: 'https://api.example.com' },
      'at agentDownload.apiServerCa',
    ],
  ])('%s is refused', (_, change, words) => {
    expect(() => declared({ checksums, ...change } as never)).toThrow(words);
  });
});

describe('what a first boot needs', () => {
  const migration = defineMigration(
    { namespace: 'demo', phase: 'onboard', ports: { http: 80 }, kubernetes: { image: 'a:1' } },
    'shop',
  );
  const loaded = {
    id: 'shop',
    migration,
    mesh: declared({ url: URL, checksums }),
    environment: '',
    file: '',
  };

  test('without a token it installs, and says how the machine joins later', () => {
    const text = cloudInit(loaded, {});
    expect(text).toMatch(/^#cloud-config\n/);
    expect(text).toContain('kubectl create token shop-v0-agent -n demo');
    expect(parse(text)).toEqual({
      runcmd: [
        'set -e',
        ['bash', '-c', lineOf(loaded.mesh)],
        ['meshferry-agent', 'set', 'workload-group', 'demo', 'shop-v0'],
        [
          'meshferry-agent',
          'set',
          'mesh',
          '--namespace',
          'istio-system',
          '--revision',
          'default',
          '--gateway-service',
          'istio-eastwestgateway',
        ],
      ],
    });
  });

  test('with one it joins, by a file that root alone may read', () => {
    const { write_files: files, runcmd } = parse(cloudInit(loaded, { token: 'header.claims.signature' }));
    expect(files).toEqual([
      { path: '/run/meshferry-token', permissions: '0600', content: 'header.claims.signature' },
    ]);
    expect(runcmd.slice(-3)).toEqual([
      ['meshferry-agent', 'set', 'bearer-token', '--file', '/run/meshferry-token'],
      ['rm', '/run/meshferry-token'],
      ['meshferry-agent', 'reconcile'],
    ]);
  });

  test('a machine that is not declared is refused', () => {
    expect(() => cloudInit(loaded, { machine: 'rack-1' })).toThrow(
      'shop declares no machine rack-1 in vm.machines',
    );
  });
});

test('the commands read the mesh that is declared here', () => {
  const folder = workspace({
    'migrations/mesh.yaml': `istio: "1.24"\nagentDownload: {url: "${URL}", checksums: {x64: ${checksum}, arm64: ${checksum}}}\n`,
    'migrations/shop.yaml':
      'namespace: demo\nphase: onboard\nports: {http: 80}\nkubernetes: {image: "a:1"}\n',
  });
  expect(meshferry(folder, ['agent', 'line'])).toMatchObject({
    status: 0,
    stdout: `${lineOf(declared({ url: URL, checksums }))}\n`,
  });
  expect(meshferry(folder, ['agent', 'cloud-init', 'shop']).stdout).toMatch(/^#cloud-config\n/);
  writeFileSync(join(folder, 'migrations/mesh.yaml'), 'istio: "1.24"\n');
  expect(meshferry(folder, ['agent', 'line'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(
      'way out: build it by `meshferry agent build`, and declare agentDownload',
    ),
  });
});
