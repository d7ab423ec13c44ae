import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { defineMesh } from '../config';
import { CERTIFICATE } from '../test/certificate';
import { AgentDownload, type AgentDownloadProps } from './agent-download';
import { installLine, installScript } from './install-script';
import { renderAgentDownload } from './render';

const props = {
  istio: '1.22',
  namespace: 'istio-system',
  image: 'registry.example/meshferry-agent-download:0.1.0',
  gateway: 'istio-ingressgateway',
  ingress: 'https://ingress.example/',
  apiServer: 'https://api.example:6443',
  apiServerCa: CERTIFICATE,
  checksums: { x64: 'a'.repeat(64), arm64: 'b'.repeat(64) },
  package: { url: 'https://packages.example/{version}/istio-sidecar.{type}', sha256: 'c'.repeat(64) },
} satisfies AgentDownloadProps;

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly annotations?: Record<string, string> };
  readonly data?: Record<string, string>;
  readonly spec: Record<string, unknown>;
}

function render(): { readonly objects: Rendered[]; readonly line: string } {
  const chart = new Chart(new App(), 'download', { disableResourceNameHashes: true });
  const { line } = new AgentDownload(chart, 'agent', props);
  return { objects: chart.toJson() as Rendered[], line };
}

test('the pasted line holds the checksum of the script that is served', () => {
  const { objects, line } = render();
  const script = objects.find(({ kind }) => kind === 'ConfigMap')?.data?.['meshferry-agent'] ?? '';
  expect(line).toContain(createHash('sha256').update(script).digest('hex'));
  expect(line).toContain('https://ingress.example/get/meshferry-agent');
  expect(
    objects.find(({ kind }) => kind === 'ConfigMap')?.metadata.annotations?.['meshferry.dev/install'],
  ).toBe(line);
});

test('the script holds the checksum of each program, and quotes what it is given', () => {
  const script = render().objects.find(({ kind }) => kind === 'ConfigMap')?.data?.['meshferry-agent'] ?? '';
  expect(script).toContain(`architecture=x64 sum=${'a'.repeat(64)}`);
  expect(script).toContain(`architecture=arm64 sum=${'b'.repeat(64)}`);
  expect(script).toContain(
    `set package 'https://packages.example/{version}/istio-sidecar.{type}' --sha256 ${'c'.repeat(64)}\n`,
  );
});

test('only /get/ is routed, through the given gateway', () => {
  const route = render().objects.find(({ kind }) => kind === 'VirtualService');
  expect(route?.spec).toMatchObject({
    gateways: ['istio-ingressgateway'],
    http: [{ match: [{ uri: { prefix: '/get/' } }] }],
  });
});

test('mesh.yaml declares it, and the same objects come out', () => {
  const { istio, ...agentDownload } = props;
  const fromMesh = renderAgentDownload(defineMesh({ istio, agentDownload }));
  expect(JSON.parse(JSON.stringify(fromMesh.map(({ spec, metadata }) => [metadata.name, spec])))).toEqual(
    JSON.parse(JSON.stringify(render().objects.map(({ spec }) => ['meshferry-agent', spec]))),
  );
  expect(renderAgentDownload(defineMesh({ istio }))).toEqual([]);
  expect(() =>
    defineMesh({
      istio,
      agentDownload: { ...agentDownload, checksums: { x64: 'abc', arm64: 'b'.repeat(64) } },
    }),
  ).toThrow('✖ "abc" must be a SHA-256: 64 digits, 0-9 and a-f → at agentDownload.checksums.x64');
});

describe('what mesh.yaml says is parsed', () => {
  const { istio, ...agentDownload } = props;
  test.each<[string, object, string]>([
    [
      "a line that ended the script's text",
      { apiServerCa: `${CERTIFICATE}CA\nid\n` },
      'at agentDownload.apiServerCa',
    ],
    [
      'a certificate that is none',
      { apiServerCa: '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----' },
      'in PEM form',
    ],
    ['a command in the ingress', { ingress: 'https://get.example.com/$(id)' }, 'at agentDownload.ingress'],
    [
      'a space in the ingress',
      { ingress: 'https://get.example.com -o /etc/passwd' },
      'at agentDownload.ingress',
    ],
    [
      'an end of line in the API server',
      { apiServer: 'https://api.example.com\nid' },
      'at agentDownload.apiServer',
    ],
    ['an API server by http', { apiServer: 'http://api.example.com' }, 'at agentDownload.apiServer'],
    [
      'a quote in the package',
      { package: { url: "https://x.example/it's", sha256: 'c'.repeat(64) } },
      'at agentDownload.package.url',
    ],
    [
      'a package by http',
      { package: { url: 'http://x.example/p', sha256: 'c'.repeat(64) } },
      'must be https, or plainHttp must be true',
    ],
    ['a package without a checksum', { package: { url: 'https://x.example/p' } }, 'at agentDownload.package'],
    [
      'a version that is an option',
      { package: { version: '--sha256', sha256: 'c'.repeat(64) } },
      'at agentDownload.package.version',
    ],
  ])('%s is refused', (_, change, words) => {
    expect(() => defineMesh({ istio, agentDownload: { ...agentDownload, ...change } } as never)).toThrow(
      words,
    );
  });

  test('a package by http passes where that is asked for, and the script asks for it too', () => {
    const sidecar = { url: 'http://x.example/p', sha256: ['c'.repeat(64), 'd'.repeat(64)], plainHttp: true };
    const mesh = defineMesh({ istio, agentDownload: { ...agentDownload, package: sidecar } });
    expect(JSON.stringify(renderAgentDownload(mesh))).toContain('--plain-http');
  });
});

describe('an app that parses nothing gets the same words, and none of them runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-install-script-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const programs = join(folder, 'programs');
  const program = (name: string, script: string) => {
    mkdirSync(programs, { recursive: true });
    writeFileSync(join(programs, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  };
  /** Runs it with programs that write down their arguments in place of those that change the machine. */
  const bash = (script: string, env: Record<string, string> = {}) => {
    rmSync(join(folder, 'calls'), { force: true });
    for (const name of ['meshferry-agent', 'curl', 'sudo', 'gunzip', 'install']) {
      program(name, `printf '%s\\0' ${name} "$@" >> ${join(folder, 'calls')}; exit 0`);
    }
    program('id', 'echo 0');
    program('sha256sum', 'cat > /dev/null');
    execFileSync('/bin/bash', ['--norc', '-c', script], {
      cwd: folder,
      env: { PATH: `${programs}:/usr/bin:/bin`, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return readFileSync(join(folder, 'calls'), 'utf8').split('\0');
  };
  const hostile = [
    '$(touch pwned)',
    '`touch pwned`',
    "'; touch pwned; '",
    'x\nCA\ntouch pwned\n',
    '"; touch pwned; "',
    '-x y',
  ];

  test.each(hostile)('%j in the script', (text) => {
    const script = installScript({
      apiServer: text,
      apiServerCa: text,
      checksums: { x64: text, arm64: text },
      package: { url: text, version: text, sha256: [text] },
    });
    const calls = bash(script, { FROM: 'https://get.example.com/get' });
    expect(calls.join('|')).toContain(`meshferry-agent|set|api-server|${text}|--ca|`);
    expect(calls.join('|')).toContain(
      `meshferry-agent|set|package|${text}|--version|${text}|--sha256|${text}|`,
    );
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });

  test.each(hostile)('%j in the line', (text) => {
    const calls = bash(installLine(text, 'script'));
    expect(calls.slice(0, 3)).toEqual(['curl', '-fsSL', `${text}/meshferry-agent`]);
    expect(calls.slice(5, 7)).toEqual(['sudo', `FROM=${text}`]);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });
});
