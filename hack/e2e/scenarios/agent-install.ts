import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, Chart, Yaml } from 'cdk8s';
import { AgentDownload } from '../../../constructs/agent-download';
import { CONTAINERD_SOCKET } from '../../lab/local/configs';
import { run } from '../../lab/run';
import type { Lab } from '../lab';
import type { Rendered, Repository } from '../migration';
import { analytics, type Context, expect, type Scenario } from '../scenario';
import { Vm } from '../vm';
import { withWalk } from '../walk';
import { AgentMachine } from './agent-machine';

const NAME = 'install the agent';
const BUILT = resolve(__dirname, '../../../lib/agent');
const PROGRAM = 'meshferry-agent-linux-x64.gz';
const CONTAINERFILE = resolve(__dirname, '../../../agent/image/Containerfile');
/** A name of a registry that nobody has: the image is put into the node by hand, and never pulled. */
const IMAGE = 'registry.example/meshferry-agent-download:e2e';
const BASE = 'localhost/lab/busybox:e2e';
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
  system: ['busybox'],
  agent: true,
  play: (context) =>
    withWalk(context, NAME, analytics(context.lab), async (walk, repository) => {
      const vm = new Vm(context.lab, repository, 'vm-install-agent');
      walk.vm = vm;
      await buildImage(context.lab);
      await walk.apply('onboard');
      await vm.start();
      const objects = await download(
        context.lab,
        repository,
        await new AgentMachine(context.lab, vm).servePackage(),
      );
      try {
        await context.lab.apply(objects);
        await context.lab.kubectl(
          ...['rollout', 'status', 'deployment/meshferry-agent', '-n', INGRESS_NAMESPACE, '--timeout=90s'],
        );
        await install(context, vm, repository);
      } finally {
        await context.lab.run('kubectl', ['delete', '--ignore-not-found', '-f', '-'], {
          input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
        });
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
 * Builds the image as its Containerfile says, and puts it into the node. Only its base is another one than by default,
 * since no registry is asked: a busybox of Debian's, and nothing else.
 */
async function buildImage(lab: Lab): Promise<void> {
  if (!existsSync(join(BUILT, PROGRAM))) throw new Error('the agent is not built: npm run build:agent');
  const folder = mkdtempSync(join(tmpdir(), 'meshferry-e2e-image-'));
  // the builder that podman knows, where the client is Docker's
  const build = (...args: string[]) =>
    lab.run('docker', ['build', '-q', ...args], { env: { DOCKER_BUILDKIT: '0' } });
  try {
    cpSync((await run('which', ['busybox'])).trim(), join(folder, 'busybox'), { dereference: true });
    writeFileSync(join(folder, 'Containerfile'), 'FROM scratch\nCOPY busybox /bin/busybox\n');
    await build('-t', BASE, '-f', join(folder, 'Containerfile'), folder);
    await build('-t', IMAGE, '--build-arg', `BASE=${BASE}`, '-f', CONTAINERFILE, BUILT);
    const archive = join(folder, 'image.tar');
    await lab.run('docker', ['save', '-o', archive, IMAGE]);
    const containerd = ['--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io'];
    await lab.run('lab', ['ctr', ...containerd, 'images', 'import', archive]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What serves the agent, rendered with its line; applied as it is, with the ingress's Gateway beside it. */
async function download(
  lab: Lab,
  repository: Repository,
  sidecar: { readonly url: string; readonly sha256: string },
): Promise<Rendered[]> {
  const kubeconfig = JSON.parse(await lab.kubectl('config', 'view', '--raw', '-o', 'json'));
  const { server, 'certificate-authority-data': ca } = kubeconfig.clusters[0].cluster;
  const chart = new Chart(new App(), 'agent');
  new AgentDownload(chart, 'download', {
    istio: '1.30',
    namespace: INGRESS_NAMESPACE,
    image: IMAGE,
    imagePullPolicy: 'Never',
    gateway: `${INGRESS_NAMESPACE}/ingress`,
    ingress: `http://${lab.variable('MESHFERRY_LAB_INGRESS')}`,
    apiServer: server,
    apiServerCa: Buffer.from(ca, 'base64').toString(),
    checksums: {
      x64: sha256(join(BUILT, PROGRAM)),
      arm64: sha256(join(BUILT, PROGRAM.replace('x64', 'arm64'))),
    },
    package: { ...sidecar, plainHttp: true },
  });
  const objects: Rendered[] = chart.toJson();
  mkdirSync(rendered(repository));
  writeFileSync(join(rendered(repository), 'manifests.yaml'), Yaml.stringify(...objects));
  return [GATEWAY, ...objects];
}

function rendered(repository: Repository): string {
  return join(repository.folder, 'rendered');
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
