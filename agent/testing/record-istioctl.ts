import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isRevisioned } from '../join/sidecar-config';
import { type IstioctlCase, type IstioctlInput, istioctlInputs } from './istioctl-cases';

/**
 * Records what the real istioctl writes for each input, as `istioctl-recorded.json` beside this file:
 *
 *     ts-node agent/testing/record-istioctl.ts path/to/istioctl
 *
 * istioctl asks a stand-in for the API server here, which holds the two ConfigMaps and answers token requests.
 */
async function record(istioctl: string) {
  const run = promisify(execFile);
  const built = (await run('go', ['version', '-m', istioctl])).stdout;
  const version =
    /^\tmod\tistio\.io\/istio\t(\S+)|^\tdep\tistio\.io\/istio\t(\S+)/m.exec(built)?.slice(1).find(Boolean) ??
    '';
  const cases: IstioctlCase[] = [];
  for (const input of istioctlInputs()) cases.push({ input, expected: await ask(istioctl, input) });
  const file = join(__dirname, 'istioctl-recorded.json');
  writeFileSync(file, `${JSON.stringify({ version, cases }, null, 1)}\n`);
  console.log(`${file}: ${cases.length} groups, by istio.io/istio ${version}`);
}

async function ask(istioctl: string, input: IstioctlInput): Promise<IstioctlCase['expected']> {
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-istioctl-'));
  const server = await standIn(input);
  try {
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigFor((server.address() as AddressInfo).port));
    const { name, namespace } = input.group.metadata;
    const options = ['--name', name, '--namespace', namespace ?? '', '-o', folder, '--autoregister'];
    if (input.revision) options.push('--revision', input.revision);
    if (input.nodeIp) options.push(input.external ? '--externalIP' : '--internalIP', input.nodeIp);
    options.push(`--capture-dns=${input.dnsCapture}`, '--ingressIP', '192.0.2.1', '--kubeconfig', kubeconfig);
    await promisify(execFile)(istioctl, ['experimental', 'workload', 'entry', 'configure', ...options], {
      timeout: 20_000,
    });
    return {
      mesh: readFileSync(join(folder, 'mesh.yaml'), 'utf8'),
      clusterEnv: readFileSync(join(folder, 'cluster.env'), 'utf8'),
    };
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function standIn(input: IstioctlInput): Promise<Server> {
  const suffix = isRevisioned(input.revision) ? `-${input.revision}` : '';
  const objects: [RegExp, unknown][] = [
    [/\/workloadgroups\//, { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadGroup', ...input.group }],
    [new RegExp(`/configmaps/istio${suffix}$`), configMap({ mesh: input.meshConfig })],
    [new RegExp(`/configmaps/istio-sidecar-injector${suffix}$`), configMap({ values: input.injectorValues })],
    [/\/configmaps\/istio-ca-root-cert$/, configMap({ 'root-cert.pem': 'certificate' })],
    [
      /\/mutatingwebhookconfigurations$/,
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfigurationList',
        metadata: {},
        items: [],
      },
    ],
    [/\/token$/, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', status: { token: 't' } }],
  ];
  const server = createServer((request, response) => {
    const [path = '', query = ''] = request.url?.split('?') ?? [];
    // A watch that never says anything: istioctl looks at webhooks before it begins.
    if (query.includes('watch=true') && !query.includes('sendInitialEvents')) return;
    const found = query.includes('watch=true') ? undefined : objects.find(([pattern]) => pattern.test(path));
    const notFound = { apiVersion: 'v1', kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 };
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found?.[1] ?? notFound));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function configMap(data: Record<string, string>) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'any' }, data };
}

function kubeconfigFor(port: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: {} }],
    'current-context': 'c',
  });
}

record(process.argv[2] ?? 'istioctl').catch((error: Error) => {
  console.error(`✖ ${error.message}`);
  process.exitCode = 1;
});
