import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ADDRESSES } from '../addresses';
import { ensureParts } from '../cache';
import { withLock } from '../lock';
import { installMesh } from '../mesh/install';
import { meshProbes } from '../mesh/probes';
import { APP_IMAGE, images, VM_IMAGE } from '../parts/images';
import { istio, kubectl } from '../parts/pinned';
import { SIDECAR_FILE, sidecarPackage } from '../parts/sidecar-package';
import { stateDirectory } from '../paths';
import { Progress } from '../progress';
import type { Provider } from '../provider';
import { run, succeeds } from '../run';
import * as commands from './commands';

const PARTS = [kubectl, istio, images, sidecarPackage];

/** A lab as a kind cluster of a Docker engine, with VMs as containers on Docker's network `kind`. */
export function kindProvider(name: string, cache: string): Provider {
  const state = stateDirectory(name);
  const kubeconfig = join(state, 'kubeconfig');
  const bin = join(state, 'bin');
  const parts = (progress: Progress) => ensureParts(cache, PARTS, progress);
  const locked = (work: () => Promise<void>) => withLock(`${state}.lock`, `the lab "${name}"`, work);
  const execute = ([command, ...args]: commands.CommandLine) => run(command, args);
  const exists = async () => (await execute(commands.listClusters)).split('\n').includes(name);
  const call = (tool: 'kubectl' | 'istioctl', args: readonly string[]) =>
    run(join(bin, tool), args, { env: { KUBECONFIG: kubeconfig } });

  return {
    name: 'kind',
    memory: async () => undefined,
    inside: (command) => command,
    loadImages: async (archive) => {
      await execute(commands.loadPodImages(name, archive));
    },
    up: (progress) =>
      locked(async () => {
        const folders = await parts(progress);
        if (!(await exists())) {
          await rm(state, { recursive: true, force: true });
          await mkdir(bin, { recursive: true, mode: 0o700 });
          await symlink(join(folders(kubectl), 'kubectl'), join(bin, 'kubectl'));
          await symlink(join(folders(istio), 'istioctl'), join(bin, 'istioctl'));
          const config = join(state, 'kind.json');
          await writeFile(config, commands.kindConfig(ADDRESSES.pods, ADDRESSES.services));
          await progress.task('kind', () => execute(commands.createCluster(name, config, kubeconfig)));
        }
        await progress.task('images', async () => {
          await execute(commands.loadPodImages(name, join(folders(images), 'pods.tar')));
          await execute(commands.loadVmImage(join(folders(images), 'vm.tar')));
        });
        await installMesh(call, join(folders(istio), 'manifests'), progress);
        const address = (await execute(commands.nodeAddress(name))).trim();
        for (const service of ['istio-ingressgateway', 'istio-eastwestgateway']) {
          await call('kubectl', commands.setLoadBalancer(service, address));
        }
      }),
    down: () =>
      locked(async () => {
        if (await exists()) await execute(commands.deleteCluster(name));
        await rm(state, { recursive: true, force: true });
      }),
    async status() {
      if (!existsSync(kubeconfig)) return [];
      const tool = join(bin, 'kubectl');
      const api = { name: 'kube-apiserver', probe: `${tool} --kubeconfig ${kubeconfig} get --raw /readyz` };
      const asked = [api, ...meshProbes(tool, kubeconfig)].map(async ({ name: part, probe }) => {
        const answers = await succeeds('sh', ['-c', probe], { timeout: 5000 });
        return { name: part, answers, answeredSecondsAgo: answers ? 0 : undefined };
      });
      return Promise.all(asked);
    },
    async environment() {
      const folders = await parts(new Progress());
      const address = (await execute(commands.nodeAddress(name))).trim();
      return {
        bin,
        variables: {
          MESHFERRY_LAB: name,
          KUBECONFIG: kubeconfig,
          MESHFERRY_LAB_APP_IMAGE: APP_IMAGE,
          MESHFERRY_LAB_VM_IMAGE: VM_IMAGE,
          MESHFERRY_LAB_SIDECAR_PACKAGE: join(folders(sidecarPackage), SIDECAR_FILE),
          MESHFERRY_LAB_INGRESS: address,
          // Docker's engine publishes the API server on loopback, which a VM cannot reach.
          MESHFERRY_LAB_API_SERVER: `https://${address}:6443`,
          MESHFERRY_LAB_ISTIOD: address,
        },
      };
    },
  };
}
