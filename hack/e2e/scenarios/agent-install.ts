import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, Chart, Yaml } from 'cdk8s';
import { AgentDownload } from '../../../constructs/agent-download';
import type { Lab } from '../lab';
import type { Rendered, Repository } from '../migration';
import { analytics, type Context, expect, type Scenario } from '../scenario';
import { Vm } from '../vm';
import { withWalk } from '../walk';

const NAME = 'install the agent';
const BUILT = resolve(__dirname, '../../../lib/agent');
const PROGRAM = 'meshferry-agent-linux-x64.gz';
const PACKAGE = 'istio-sidecar.deb';
const INGRESS_NAMESPACE = 'istio-system';
/** Served by the ingress of the lab. */
const GATEWAY: Rendered = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'Gateway',
  metadata: { name: 'ingress', namespace: INGRESS_NAMESPACE },
  spec: {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
  },
};

/** The walk-through's sequence with the agent: one line from the cluster's ingress, set, reconcile. */
export const agentInstall: Scenario = {
  name: NAME,
  agent: true,
  play: (context) =>
    withWalk(context, NAME, analytics(context.lab), async (walk, repository) => {
      const vm = new Vm(context.lab, repository, 'vm-install-agent');
      walk.vm = vm;
      const served = mkdtempSync(join(tmpdir(), 'meshferry-e2e-served-'));
      const objects = await download(context.lab, repository, served);
      try {
        await context.lab.apply(objects);
        await context.lab.kubectl(
          ...['rollout', 'status', 'deployment/meshferry-agent', '-n', INGRESS_NAMESPACE, '--timeout=90s'],
        );
        await walk.apply('onboard');
        await vm.start();
        await install(context, vm, repository);
      } finally {
        await context.lab.run('kubectl', ['delete', '--ignore-not-found', '-f', '-'], {
          input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
        });
        rmSync(served, { recursive: true });
      }
    }),
};

async function install({ report }: Context, vm: Vm, repository: Repository): Promise<void> {
  const script = (name: string, expected: string, ...options: string[]) =>
    report.step(NAME, `hack/${name}.sh`, expected, async () => {
      const printed = await vm.script(name, ...options);
      expect(printed.includes(expected), printed);
      return printed.split('\n').find((line) => line.includes(expected)) ?? '';
    });
  await script('05-collect', 'the ingress: 10.87.1.1');
  await script('06-install-agent', `set workload-group smm-demo analytics-v0`, '--provider', 'smm');
  await report.step(NAME, 'a script that is not the one in git', 'refused', async () => {
    const tampered = join(repository.folder, 'tampered');
    mkdirSync(tampered);
    const text = readFileSync(join(rendered(repository), 'manifests.yaml'), 'utf8');
    writeFileSync(join(tampered, 'manifests.yaml'), text.replace(/echo "[0-9a-f]{8}/, 'echo "00000000'));
    const printed = await vm.refused('06-install-agent', '--download', tampered);
    expect(printed.includes('the agent is not installed'), printed);
    return printed.split('\n').find((line) => line.startsWith('✖')) ?? '';
  });
  const download = ['--download', rendered(repository)];
  await script(
    '06-install-agent',
    'wait-for-registration ❯ workloadentry is registered successfully',
    ...download,
  );
  await script('07-check', 'reached');
  await script('06-install-agent', 'no changes', ...download); // again: nothing is in the way
  await script('09-delete-vm', 'the machine is gone from the mesh');
}

/**
 * Renders what serves the agent, with its line, and puts the files where a pod of the lab finds them: no registry holds
 * an image of them, so that the server is a stand-in that reads a folder of the node.
 */
async function download(lab: Lab, repository: Repository, folder: string): Promise<Rendered[]> {
  if (!existsSync(join(BUILT, PROGRAM))) throw new Error('the agent is not built: npm run build:agent');
  chmodSync(folder, 0o755); // the server is nobody in particular
  cpSync(join(BUILT, PROGRAM), join(folder, PROGRAM));
  cpSync(lab.variable('MESHFERRY_LAB_SIDECAR_PACKAGE'), join(folder, PACKAGE));
  writeFileSync(join(folder, 'meshferry-agent'), ''); // the script is mounted here
  const kubeconfig = JSON.parse(await lab.kubectl('config', 'view', '--raw', '-o', 'json'));
  const { server, 'certificate-authority-data': ca } = kubeconfig.clusters[0].cluster;
  const ingress = `http://${lab.variable('MESHFERRY_LAB_INGRESS')}`;

  const chart = new Chart(new App(), 'agent');
  new AgentDownload(chart, 'download', {
    istio: '1.30',
    namespace: INGRESS_NAMESPACE,
    image: lab.variable('MESHFERRY_LAB_APP_IMAGE'),
    imagePullPolicy: 'Never',
    gateway: `${INGRESS_NAMESPACE}/ingress`,
    ingress,
    apiServer: server,
    apiServerCa: Buffer.from(ca, 'base64').toString(),
    checksums: { x64: sha256(join(folder, PROGRAM)), arm64: 'none in the lab' },
    package: { url: `${ingress}/get/${PACKAGE}`, sha256: sha256(join(folder, PACKAGE)) },
  });
  const objects: Rendered[] = chart.toJson();
  mkdirSync(rendered(repository));
  writeFileSync(join(rendered(repository), 'manifests.yaml'), Yaml.stringify(...objects));
  return [
    GATEWAY,
    ...objects.map((object) => (object.kind === 'Deployment' ? standIn(object, folder) : object)),
  ];
}

function rendered(repository: Repository): string {
  return join(repository.folder, 'rendered');
}

function standIn(deployment: Rendered, folder: string): Rendered {
  const changed = structuredClone(deployment) as unknown as {
    spec: { template: { spec: { containers: Record<string, unknown>[]; volumes: object[] } } };
  };
  const { containers, volumes } = changed.spec.template.spec;
  for (const container of containers) {
    container.command = ['python3', '-m', 'http.server', '8080', '--directory', '/srv'];
    const mounts = container.volumeMounts as object[];
    mounts.unshift({ name: 'files', mountPath: '/srv/get', readOnly: true });
  }
  volumes.push({ name: 'files', hostPath: { path: folder } });
  return changed as unknown as Rendered;
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
