import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pathOf } from '../../../manifests/dist-layout';
import { ensureParts } from '../../lab/cache';
import { flux, fluxSource } from '../../lab/parts/pinned';
import { cacheDirectory } from '../../lab/paths';
import { Progress } from '../../lab/progress';
import { applyDefinitions } from '../definitions';
import { eventually, type Lab } from '../lab';
import type { Controller, ControllerKind } from './controller';
import { Inside } from './inside';
import type { Project } from './project';
import { Webhook } from './webhook';

const NAMESPACE = 'flux-system';
const SOURCE = 'e2e';
const GIT = '127.0.0.1:9789';
const STORAGE = '127.0.0.1:9790';

/**
 * Flux's source-controller, which fetches from a bare repository over HTTP, and its kustomize-controller. A forge's
 * webhook is stood in for: on a new commit the GitRepository is told to look, as Flux's own webhook receiver does.
 */
export const fluxKind: ControllerKind = {
  name: 'Flux',
  // The shortest that is sensible: how long a change made by hand lives.
  gitops: () => ({ flux: { source: SOURCE, namespace: NAMESPACE, interval: '5s' } }),
  create: (lab, project) => FluxController.create(lab, project),
};

interface WithStatus {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly lastAppliedRevision?: string;
    readonly artifact?: { readonly revision: string };
  };
}

class FluxController implements Controller {
  readonly name = 'Flux';
  private readonly storage = mkdtempSync(join(tmpdir(), 'meshferry-e2e-artifacts-'));
  private readonly git: Inside;
  private readonly sources: Inside;
  private readonly controller: Inside;
  private readonly webhook: Webhook;

  static async create(lab: Lab, project: Project): Promise<FluxController> {
    const folders = await ensureParts(cacheDirectory(), [flux, fluxSource], new Progress());
    for (const part of [flux, fluxSource])
      await applyDefinitions(lab, join(folders(part), 'config/crd/bases'));
    await lab.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata: { name: SOURCE, namespace: NAMESPACE },
        spec: {
          interval: '1m',
          url: `http://${GIT}/${basename(project.origin)}`,
          ref: { branch: 'main' },
        },
      },
    ]);
    const program = (part: typeof flux, name: string) => join(folders(part), name);
    return new FluxController(lab, project, {
      source: program(fluxSource, 'source-controller'),
      kustomize: program(flux, 'kustomize-controller'),
    });
  }

  private constructor(
    private readonly lab: Lab,
    private readonly project: Project,
    programs: { readonly source: string; readonly kustomize: string },
  ) {
    const [, port = ''] = GIT.split(':');
    const server = resolve(__dirname, 'git-server.ts');
    this.git = new Inside(lab, 'git', [
      ...[process.execPath, '-r', 'ts-node/register/transpile-only', server, resolve(project.origin, '..')],
      port,
    ]);
    const common = ['--watch-all-namespaces', '--events-addr', ''];
    const env = { RUNTIME_NAMESPACE: NAMESPACE };
    this.sources = new Inside(
      lab,
      'source-controller',
      [
        ...[
          programs.source,
          ...common,
          '--metrics-addr',
          '127.0.0.1:9793',
          '--health-addr',
          '127.0.0.1:9794',
        ],
        ...['--storage-path', this.storage, '--storage-addr', STORAGE, '--storage-adv-addr', STORAGE],
      ],
      env,
    );
    this.controller = new Inside(
      lab,
      'kustomize-controller',
      [
        ...[programs.kustomize, ...common],
        ...['--metrics-addr', '127.0.0.1:9791', '--health-addr', '127.0.0.1:9792'],
      ],
      env,
    );
    this.webhook = new Webhook(project, (commit) => this.tell(commit));
  }

  async bootstrap(): Promise<void> {
    await this.git.start();
    await this.sources.start();
    await this.start();
    this.webhook.start();
    const bootstrap = pathOf({ is: 'mesh', environment: '', part: 'bootstrap' });
    await this.lab.kubectl('apply', '-f', join(this.project.dist, bootstrap));
    await eventually('the layers have been synced once', 60, async () => {
      const list = await this.lab.list<WithStatus>('kustomizations', NAMESPACE);
      const ready = list.filter(({ status }) =>
        status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
      );
      return list.length === 4 && ready.length === 4;
    });
  }

  async isSynced(commit: string): Promise<boolean> {
    const list = await this.lab.list<WithStatus>('kustomizations', NAMESPACE);
    return list.length === 4 && list.every(({ status }) => status?.lastAppliedRevision?.endsWith(commit));
  }

  start(): Promise<void> {
    return this.controller.start();
  }

  kill(): Promise<void> {
    return this.controller.kill();
  }

  async remove(): Promise<void> {
    this.webhook.stop();
    // While they run, so that what they guard by finalizers goes too; what was applied stays: deletionPolicy is Orphan.
    for (const kind of ['kustomizations', 'gitrepositories'])
      await this.lab.kubectl('delete', kind, '--all', '-n', NAMESPACE, '--timeout=30s').catch(() => {});
    for (const one of [this.controller, this.sources, this.git]) await one.remove();
    rmSync(this.storage, { recursive: true, force: true });
  }

  private async tell(commit: string): Promise<boolean> {
    const [source] = await this.lab.list<WithStatus>('gitrepositories', NAMESPACE);
    if (source?.status?.artifact?.revision.endsWith(commit)) return true;
    const asked = `reconcile.fluxcd.io/requestedAt=${new Date().toISOString()}`;
    await this.lab.kubectl('annotate', 'gitrepository', SOURCE, '-n', NAMESPACE, '--overwrite', asked);
    return false;
  }
}
