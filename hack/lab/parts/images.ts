import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LAB_SOURCE } from '../paths';
import { run } from '../run';
import { envoy } from './envoy';
import type { BuildContext, Part } from './part';
import { coredns, istio } from './pinned';
import { rootFileSystem } from './root-file-system';

/** The image that VMs are started from: systemd and what the packages of a mesh sidecar depend on. */
export const VM_IMAGE = 'localhost/lab/vm:bookworm';

/** The image that answers who it is, and sends load. */
export const APP_IMAGE = 'localhost/lab/app:dev';

/** A file of a layer: where it is now, where it goes in the image. */
interface LayerFile {
  /** Part that holds it. @default our own image/ folder */
  readonly part?: Part;
  readonly from: string;
  readonly to: string;
  /** @default 0o755 */
  readonly mode?: number;
}

/** An image: the root file system, then at most one layer of its own above the app's. */
export interface Image {
  readonly tag: string;
  readonly files: readonly LayerFile[];
  readonly config: Readonly<Record<string, unknown>>;
}

const BOOTSTRAP: LayerFile = {
  part: istio,
  from: 'tools/packaging/common/envoy_bootstrap.json',
  to: 'var/lib/istio/envoy/envoy_bootstrap_tmpl.json',
  mode: 0o644,
};
const APP_FILES: readonly LayerFile[] = [
  { from: 'serve.py', to: 'usr/local/bin/serve' },
  { from: 'load.py', to: 'usr/local/bin/load' },
];

/** Every image of the lab. All share the lowest layer, so that it is stored and unpacked once. */
export const IMAGES: readonly Image[] = [
  { tag: 'localhost/lab/pause:dev', files: [], config: { Entrypoint: ['/bin/sleep', 'infinity'] } },
  { tag: APP_IMAGE, files: APP_FILES, config: { Entrypoint: ['/usr/local/bin/serve'], User: '1000' } },
  { tag: VM_IMAGE, files: APP_FILES, config: { Cmd: ['/sbin/init'], StopSignal: 'SIGRTMIN+3' } },
  {
    tag: 'localhost/lab/coredns:dev',
    files: [{ part: coredns, from: 'coredns', to: 'coredns' }],
    config: { Entrypoint: ['/coredns'] },
  },
  {
    tag: 'localhost/lab/pilot:dev',
    files: [{ part: istio, from: 'pilot-discovery', to: 'usr/local/bin/pilot-discovery' }, BOOTSTRAP],
    config: { Entrypoint: ['/usr/local/bin/pilot-discovery'], User: '1337:1337' },
  },
  {
    tag: 'localhost/lab/proxyv2:dev',
    files: [
      { part: istio, from: 'pilot-agent', to: 'usr/local/bin/pilot-agent' },
      { part: envoy, from: 'envoy', to: 'usr/local/bin/envoy' },
      BOOTSTRAP,
    ],
    config: { Entrypoint: ['/usr/local/bin/pilot-agent'], User: '1337:1337' },
  },
];

/** The lab's images as two archives that `docker load` and containerd's import read: `pods.tar`, `vm.tar`. */
export const images: Part = {
  name: 'images',
  needs: [rootFileSystem, coredns, istio, envoy],
  inputs: async () => [
    JSON.stringify(IMAGES, (key, value) => (key === 'part' ? value.name : value)),
    ...APP_FILES.map(({ from }) => readFileSync(join(LAB_SOURCE, 'image', from), 'utf8')),
  ],
  async build(out, context) {
    await writeArchive(
      out,
      'pods.tar',
      IMAGES.filter(({ tag }) => tag !== VM_IMAGE),
      context,
    );
    await writeArchive(
      out,
      'vm.tar',
      IMAGES.filter(({ tag }) => tag === VM_IMAGE),
      context,
    );
  },
};

/** Writes images as one archive that `docker load` and containerd's import read. */
export async function writeArchive(
  out: string,
  name: string,
  list: readonly Image[],
  context: BuildContext,
): Promise<void> {
  const work = join(out, 'work');
  await mkdir(work);
  const base = await addLayer(work, (target) =>
    link(join(context.folder(rootFileSystem), 'rootfs.tar'), target),
  );
  const manifest: unknown[] = [];
  for (const image of list) {
    const layers = [base];
    if (image.files.length > 0) {
      layers.push(await addLayer(work, (target) => packFiles(work, target, image.files, context)));
    }
    const config = imageConfig(image, layers);
    const file = `${createHash('sha256').update(config).digest('hex')}.json`;
    await writeFile(join(work, file), config);
    manifest.push({ Config: file, RepoTags: [image.tag], Layers: layers.map((digest) => `${digest}.tar`) });
  }
  await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest));
  await run('tar', ['-cf', join(out, name), '-C', work, ...(await readdir(work))]);
  await rm(work, { recursive: true });
}

/** The configuration of an image over layers with these digests, in Docker's format. */
export function imageConfig(image: Pick<Image, 'config'>, layers: readonly string[]): string {
  return JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ...image.config,
    },
    rootfs: { type: 'layers', diff_ids: layers.map((digest) => `sha256:${digest}`) },
    history: layers.map(() => ({ created_by: 'meshferry lab' })),
  });
}

/** Puts a layer into `work`, named after its digest. Two layers with the same bytes are one. */
async function addLayer(work: string, write: (target: string) => Promise<void>): Promise<string> {
  const written = join(work, 'layer.tar');
  await write(written);
  const digest = await sha256(written);
  await rename(written, join(work, `${digest}.tar`));
  await rm(written, { force: true }); // renaming one hard link onto another leaves both
  return digest;
}

async function packFiles(work: string, target: string, files: readonly LayerFile[], context: BuildContext) {
  const root = join(work, 'root');
  for (const { part, from, to, mode } of files) {
    const source = part ? join(context.folder(part), from) : join(LAB_SOURCE, 'image', from);
    const copy = join(root, to);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(source, copy);
    await chmod(copy, mode ?? 0o755);
  }
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  const tops = [...new Set(files.map(({ to }) => to.split('/')[0] as string))].sort();
  await run('tar', [...same, '-cf', target, '-C', root, ...tops]);
  await rm(root, { recursive: true });
}

function sha256(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    createReadStream(file)
      .on('error', reject)
      .on('data', (chunk) => hash.update(chunk))
      .on('end', () => resolve(hash.digest('hex')));
  });
}
