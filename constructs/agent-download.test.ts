import { createHash } from 'node:crypto';
import { App, Chart } from 'cdk8s';
import { defineMesh } from '../config';
import { AgentDownload, type AgentDownloadProps } from './agent-download';
import { renderAgentDownload } from './render';

const props = {
  istio: '1.22',
  namespace: 'istio-system',
  image: 'registry.example/meshferry-agent-download:0.1.0',
  gateway: 'istio-ingressgateway',
  ingress: 'https://ingress.example/',
  apiServer: 'https://api.example:6443',
  apiServerCa: '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n',
  checksums: { x64: 'a'.repeat(64), arm64: 'b'.repeat(64) },
  package: { url: "https://packages.example/it's.deb", sha256: 'c'.repeat(64) },
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
    `set package 'https://packages.example/it'"'"'s.deb' '--sha256' '${'c'.repeat(64)}'`,
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
