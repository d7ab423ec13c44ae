import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESSES } from '../addresses';
import { ensureParts, type Folders } from '../cache';
import { ensurePackages } from '../debian';
import type { LabEnvironment } from '../env';
import { withLock } from '../lock';
import { APP_IMAGE, images, VM_IMAGE } from '../parts/images';
import { istio, kubectl, kubernetes } from '../parts/pinned';
import { SIDECAR_FILE, sidecarPackage } from '../parts/sidecar-package';
import { vmStore } from '../parts/vm-store';
import { LAB_SOURCE, stateDirectory } from '../paths';
import { Progress } from '../progress';
import type { Provider } from '../provider';
import { answers, type PartStatus, readAnswers } from '../status';
import { layout } from './layout';
import { memoryInUse } from './memory';
import { findFirst, removeLab, runInside } from './namespaces';
import { bringUp } from './up';

const PARTS = [kubectl, kubernetes, istio, images, vmStore, sidecarPackage];

/** A lab in namespaces of this machine: needs root, Debian's packages and Go, and no Docker engine. */
export function localProvider(name: string, cache: string): Provider {
  const lab = layout(stateDirectory(name));
  const locked = <T>(work: () => Promise<T>) => withLock(`${lab.state}.lock`, `the lab "${name}"`, work);
  const parts = (progress: Progress): Promise<Folders> => ensureParts(cache, PARTS, progress);
  const status = async (): Promise<readonly PartStatus[]> => {
    if (!existsSync(lab.probes)) return [];
    if (findFirst(lab))
      await runInside(lab, ['bash', join(LAB_SOURCE, 'local', 'heartbeat.sh'), lab.state, 'once']);
    return readAnswers(lab.probes, lab.answered);
  };

  return {
    name: 'local',
    status,
    async up(progress) {
      requireRoot('lab:up');
      await ensurePackages((line) => progress.line(line));
      await locked(async () => {
        const folders = await parts(progress);
        if (findFirst(lab) && existsSync(lab.probes)) {
          const seen = await status();
          if (seen.every(answers)) {
            progress.line(`the lab "${name}" runs already, and all ${seen.length} parts of it answer`);
            return;
          }
          const silent = seen.filter((part) => !answers(part)).map((part) => part.name);
          progress.line(`the lab "${name}" runs, but not all of it: ${silent.join(', ')}`);
        }
        await bringUp(lab, name, folders, progress);
      });
    },
    async down() {
      if (!existsSync(lab.state)) return;
      requireRoot('lab:down');
      await locked(() => removeLab(lab));
    },
    memory: async () => (findFirst(lab) ? memoryInUse(lab) : undefined),
    async environment(): Promise<LabEnvironment> {
      const folders = await parts(new Progress());
      return {
        bin: lab.bin,
        variables: {
          MESHFERRY_LAB: name,
          KUBECONFIG: lab.kubeconfig,
          DOCKER_HOST: `unix://${lab.dockerSocket}`,
          MESHFERRY_LAB_APP_IMAGE: APP_IMAGE,
          MESHFERRY_LAB_VM_IMAGE: VM_IMAGE,
          MESHFERRY_LAB_SIDECAR_PACKAGE: join(folders(sidecarPackage), SIDECAR_FILE),
          MESHFERRY_LAB_INGRESS: ADDRESSES.ingressGateway,
          MESHFERRY_LAB_ISTIOD: ADDRESSES.eastWestGateway,
        },
      };
    },
    inside: (command) => ['bash', join(LAB_SOURCE, 'local', 'enter.sh'), lab.state, ...command],
  };
}

function requireRoot(command: string): void {
  if (process.getuid?.() === 0) return;
  throw new Error(
    `the local provider makes namespaces and mounts: run it as root, for example\n  sudo npm run ${command}`,
  );
}
