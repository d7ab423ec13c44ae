import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ADDRESSES } from '../addresses';
import type { Folders } from '../cache';
import { installMesh } from '../mesh/install';
import { deploymentProbe, meshProbes } from '../mesh/probes';
import { images } from '../parts/images';
import { istio, kubectl, kubernetes } from '../parts/pinned';
import { SIDECAR_FILE, sidecarPackage } from '../parts/sidecar-package';
import { vmStore } from '../parts/vm-store';
import { LAB_SOURCE } from '../paths';
import type { Progress } from '../progress';
import { lastLines, run } from '../run';
import { probeLines } from '../status';
import { type Component, components } from './components';
import { CONTAINERD_SOCKET, configFiles, podmanEnvironment } from './configs';
import { labEnvironment } from './environment';
import { writeKubeconfigs } from './kubeconfig';
import type { Layout } from './layout';
import { findFirst, removeLab, runInside, spawnInside, startFirst } from './namespaces';
import { writeWrappers } from './wrappers';

const SECONDS_TO_ANSWER = 60;

/** Brings up what of a local lab does not run. Every step may be repeated. */
export async function bringUp(
  lab: Layout,
  name: string,
  folders: Folders,
  progress: Progress,
): Promise<void> {
  const source = join(LAB_SOURCE, 'local');
  const kubectlPath = join(folders(kubectl), 'kubectl');
  const istioctlPath = join(folders(istio), 'istioctl');
  const all = components(lab, folders(kubernetes), kubectlPath, source);
  const clients = { KUBECONFIG: lab.kubeconfig, PATH: `${folders(kubectl)}:${process.env.PATH}` };
  const call = (tool: 'kubectl' | 'istioctl', args: readonly string[]) =>
    runInside(lab, [tool === 'kubectl' ? kubectlPath : istioctlPath, ...args], { env: clients });
  const start = async (component: Component, env?: Record<string, string>) => {
    await spawnInside(lab, component.name, component.command, env);
    await answered(lab, component);
  };

  if (!findFirst(lab)) {
    await progress.task('namespaces', async () => {
      await removeLab(lab); // what a lab that was killed has left
      await startFirst(lab, name);
      await writeConfigs(lab, join(folders(vmStore), 'storage'));
      await writeWrappers(lab, { kubectl: kubectlPath, istioctl: istioctlPath, docker: await findDocker() });
      const environment = labEnvironment(name, lab, join(folders(sidecarPackage), SIDECAR_FILE));
      await writeFile(lab.environment, JSON.stringify(environment));
    });
  }
  const controlPlane = async () => {
    await progress.task('control plane', async () => {
      if (!existsSync(lab.kubeconfig)) {
        const certificates = [
          join(source, 'certificates.sh'),
          lab.pki,
          ADDRESSES.node,
          ADDRESSES.kubernetesService,
        ];
        await run('bash', certificates);
        writeKubeconfigs(lab);
      }
      await start(all.etcd);
      await start(all.apiserver);
      await Promise.all([start(all.controllerManager), start(all.scheduler)]);
    });
  };
  const containers = async () => {
    await progress.task('containers and images', async () => {
      await Promise.all([start(all.podman, podmanEnvironment(lab)), start(all.containerd)]);
      await importImages(lab, join(folders(images), 'pods.tar'));
    });
  };
  await Promise.all([controlPlane(), containers()]);
  await progress.task('node', async () => {
    await Promise.all([start(all.kubelet), start(all.proxy), start(all.loadBalancer, clients)]);
    await call('kubectl', ['apply', '--filename', join(LAB_SOURCE, 'mesh', 'coredns.yaml')]);
    await call('kubectl', ['wait', '--for=condition=Ready', 'node/lab', '--timeout=60s']);
    const dns = ['rollout', 'status', 'deployment/coredns', '--timeout=60s'];
    await call('kubectl', ['--namespace', 'kube-system', ...dns]);
  });
  await installMesh(call, join(folders(istio), 'manifests'), progress);
  await progress.task('answers', async () => {
    const dns = deploymentProbe(kubectlPath, lab.kubeconfig, 'kube-system', 'coredns');
    const pods = meshProbes(kubectlPath, lab.kubeconfig);
    await writeFile(lab.probes, probeLines([...Object.values(all), dns, ...pods]));
    await start(all.heartbeat);
  });
}

/** Imports an archive of images into the node's containerd. */
export async function importImages(lab: Layout, archive: string): Promise<void> {
  const containerd = ['--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io'];
  await runInside(lab, ['ctr', ...containerd, 'images', 'import', archive]);
}

async function writeConfigs(lab: Layout, store: string): Promise<void> {
  for (const [path, text] of Object.entries(configFiles(lab, store))) {
    const file = join(lab.configs, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** Waits until a component answers. */
async function answered(lab: Layout, { name, probe }: Component): Promise<void> {
  const log = join(lab.logs, `${name}.log`);
  for (const end = Date.now() + SECONDS_TO_ANSWER * 1000; ; await sleep(100)) {
    try {
      await runInside(lab, ['sh', '-c', probe]);
      return;
    } catch {
      if (Date.now() < end) continue;
      const written = await run('tail', ['-n', '12', log]).catch(() => '');
      throw new Error(
        `${name} does not answer after ${SECONDS_TO_ANSWER} s. The end of its log ${log}:\n${lastLines(written, 12)}`,
      );
    }
  }
}

async function findDocker(): Promise<string | undefined> {
  return run('sh', ['-c', 'command -v docker']).then(
    (path) => path.trim(),
    () => undefined,
  );
}
