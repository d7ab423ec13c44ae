import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ensureParts } from '../../lab/cache';
import { flux, fluxCrds } from '../../lab/parts/pinned';
import { cacheDirectory } from '../../lab/paths';
import { Progress } from '../../lab/progress';
import { eventually, type Lab } from '../lab';
import type { Controller, ControllerKind } from './controller';
import { Inside } from './inside';
import type { Project } from './project';

const NAMESPACE = 'flux-system';
const PORT = 9790;
const POLL_MS = 200;

/**
 * Flux's kustomize-controller. Its source-controller builds from no module, so that a stand-in does its part: it looks
 * for a new commit five times a second, packs it, and tells of it in the status of the GitRepository.
 */
export const fluxKind: ControllerKind = {
  name: 'Flux',
  // The shortest that is sensible: how long a change made by hand lives.
  gitops: () => ({ flux: { source: 'e2e', namespace: NAMESPACE, interval: '5s' } }),
  create: (lab, project) => FluxController.create(lab, project),
};

class FluxController implements Controller {
  readonly name = 'Flux';
  private readonly artifacts = mkdtempSync(join(tmpdir(), 'meshferry-e2e-artifacts-'));
  private readonly files: Inside;
  private readonly controller: Inside;
  private published = '';
  private timer: NodeJS.Timeout | undefined;

  static async create(lab: Lab, project: Project): Promise<FluxController> {
    const folders = await ensureParts(cacheDirectory(), [flux, fluxCrds], new Progress());
    for (const folder of [folders(flux), folders(fluxCrds)]) {
      const crds = join(folder, 'config/crd/bases');
      for (const file of readdirSync(crds))
        await lab.kubectl('apply', '--server-side', '-f', join(crds, file));
    }
    await lab.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata: { name: 'e2e', namespace: NAMESPACE },
        spec: { url: 'https://git.example/e2e.git', interval: '1h', ref: { branch: 'main' } },
      },
    ]);
    return new FluxController(lab, project, join(folders(flux), 'kustomize-controller'));
  }

  private constructor(
    private readonly lab: Lab,
    private readonly project: Project,
    program: string,
  ) {
    const server = [
      'python3',
      '-m',
      'http.server',
      '--bind',
      '127.0.0.1',
      '--directory',
      this.artifacts,
      String(PORT),
    ];
    this.files = new Inside(lab, 'artifacts', server);
    const flags = [
      '--watch-all-namespaces',
      '--events-addr',
      '',
      '--metrics-addr',
      '127.0.0.1:9791',
      '--health-addr',
      '127.0.0.1:9792',
    ];
    this.controller = new Inside(lab, 'kustomize-controller', [program, ...flags], {
      RUNTIME_NAMESPACE: NAMESPACE,
    });
  }

  async bootstrap(): Promise<void> {
    await this.files.start();
    this.watch();
    await this.start();
    await this.lab.kubectl('apply', '-f', join(this.project.dist, 'mesh/bootstrap/manifests.yaml'));
    await eventually('the layers have been synced once', 60, async () => {
      const list = await this.lab.list<{ status?: { conditions?: { type: string; status: string }[] } }>(
        'kustomizations',
        NAMESPACE,
      );
      const ready = list.filter(({ status }) =>
        status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
      );
      return list.length === 4 && ready.length === 4;
    });
  }

  async isSynced(commit: string): Promise<boolean> {
    const list = await this.lab.list<{ status?: { lastAppliedRevision?: string } }>(
      'kustomizations',
      NAMESPACE,
    );
    return list.length === 4 && list.every(({ status }) => status?.lastAppliedRevision?.endsWith(commit));
  }

  start(): Promise<void> {
    return this.controller.start();
  }

  kill(): Promise<void> {
    return this.controller.kill();
  }

  async remove(): Promise<void> {
    clearTimeout(this.timer);
    // While it runs, so that what it guards by finalizers goes too; what they applied stays: deletionPolicy is Orphan.
    await this.lab
      .kubectl('delete', 'kustomizations', '--all', '-n', NAMESPACE, '--timeout=30s')
      .catch(() => {});
    await this.lab
      .kubectl('delete', 'gitrepositories', '--all', '-n', NAMESPACE, '--wait=false')
      .catch(() => {});
    await this.controller.remove();
    await this.files.remove();
    rmSync(this.artifacts, { recursive: true, force: true });
  }

  /** What source-controller does. */
  private watch(): void {
    const look = async () => {
      try {
        if (this.project.merged !== this.published) await this.publish(this.project.merged);
      } catch (error) {
        process.stderr.write(`artifact: ${(error as Error).message}\n`);
      }
      this.timer = setTimeout(look, POLL_MS);
    };
    void look();
  }

  private async publish(commit: string): Promise<void> {
    const tar = execFileSync('git', ['archive', '--format=tar', commit], {
      cwd: this.project.origin,
      maxBuffer: 1 << 26,
    });
    const packed = gzipSync(tar);
    const path = `${commit}.tar.gz`;
    writeFileSync(join(this.artifacts, path), packed);
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const status = {
      observedGeneration: 1,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Succeeded',
          message: 'stored',
          lastTransitionTime: now,
          observedGeneration: 1,
        },
      ],
      artifact: {
        digest: `sha256:${createHash('sha256')
          .update(readFileSync(join(this.artifacts, path)))
          .digest('hex')}`,
        lastUpdateTime: now,
        path,
        revision: `main@sha1:${commit}`,
        size: packed.length,
        url: `http://127.0.0.1:${PORT}/${path}`,
      },
    };
    await this.lab.kubectl(
      ...['patch', 'gitrepository', 'e2e', '-n', NAMESPACE, '--subresource=status', '--type=merge'],
      ...['-p', JSON.stringify({ status })],
    );
    this.published = commit;
  }
}
