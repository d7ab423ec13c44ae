import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureParts, type Folders } from '../cache';
import { ensurePackages } from '../debian';
import type { LabEnvironment } from '../env';
import { withLock } from '../lock';
import { images } from '../parts/images';
import { istio, kubectl, kubernetes } from '../parts/pinned';
import { sidecarPackage } from '../parts/sidecar-package';
import { vmStore } from '../parts/vm-store';
import { LAB_SOURCE, stateDirectory } from '../paths';
import type { Progress } from '../progress';
import type { Provider } from '../provider';
import { type PartStatus, readAnswers } from '../status';
import { type Layout, layout } from './layout';
import { memoryInUse } from './memory';
import { findFirst, isInside, removeLab, runInside } from './namespaces';
import { bringUp, importImages } from './up';

const PARTS = [kubectl, kubernetes, istio, images, vmStore, sidecarPackage];

/** A lab in namespaces of this machine: needs root, Debian's packages and Go, and no Docker engine. */
export function localProvider(name: string, cache: string): Provider {
  const lab = layout(stateDirectory(name));
  const locked = <T>(work: () => Promise<T>) => withLock(`${lab.state}.lock`, `the lab "${name}"`, work);
  const parts = (progress: Progress): Promise<Folders> => ensureParts(cache, PARTS, progress);
  const status = async (): Promise<readonly PartStatus[]> => {
    if (!existsSync(lab.probes)) return [];
    const asked = Date.now();
    if (findFirst(lab) || isInside(lab))
      await runInside(lab, ['bash', join(LAB_SOURCE, 'local', 'heartbeat.sh'), lab.state, 'once']);
    return readAnswers(lab.probes, lab.answered, asked);
  };

  return {
    name: 'local',
    status,
    async up(progress) {
      requireOutside(lab, 'lab:up');
      await ensurePackages((line) => progress.line(line));
      await locked(async () => {
        const folders = await parts(progress);
        if (findFirst(lab) && existsSync(lab.probes)) {
          const seen = await status();
          if (seen.every((part) => part.answers)) {
            progress.line(`the lab "${name}" runs already, and all ${seen.length} parts of it answer`);
            return;
          }
          const silent = seen.filter((part) => !part.answers).map((part) => part.name);
          progress.line(`the lab "${name}" runs, but not all of it: ${silent.join(', ')}`);
        }
        await bringUp(lab, name, folders, progress);
      });
    },
    async down() {
      if (!existsSync(lab.state)) return;
      requireOutside(lab, 'lab:down');
      await locked(() => removeLab(lab));
    },
    memory: async () => (findFirst(lab) ? memoryInUse(lab) : undefined),
    async environment() {
      if (!existsSync(lab.environment)) {
        throw new Error(`the lab "${name}" does not run: start it with  npm run lab:up`);
      }
      return JSON.parse(readFileSync(lab.environment, 'utf8')) as LabEnvironment;
    },
    loadImages: (archive) => importImages(lab, archive),
    inside: (command) => ['bash', join(LAB_SOURCE, 'local', 'enter.sh'), lab.state, ...command],
  };
}

function requireOutside(lab: Layout, command: string): void {
  if (isInside(lab))
    throw new Error(`this shell is inside the lab: leave it first, then run  npm run ${command}`);
  if (process.getuid?.() === 0) return;
  throw new Error(
    `the local provider makes namespaces and mounts: run it as root, for example\n  sudo npm run ${command}`,
  );
}
