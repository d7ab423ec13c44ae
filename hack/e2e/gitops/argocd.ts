import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { pathOf } from '../../../manifests/dist-layout';
import { ensureParts } from '../../lab/cache';
import { argocd } from '../../lab/parts/pinned';
import { cacheDirectory } from '../../lab/paths';
import { Progress } from '../../lab/progress';
import { applyDefinitions } from '../definitions';
import { eventually, type Lab } from '../lab';
import type { Controller, ControllerKind } from './controller';
import { Inside } from './inside';
import type { Project } from './project';
import { Webhook } from './webhook';

const NAMESPACE = 'argocd';
const REDIS = '127.0.0.1:6390';
const REPO_SERVER = 8281;
const SERVER = 'https://10.87.0.1:6443';
/**
 * git writes into its reflog who fetched and checked out, and looks the machine's own name up in DNS to guess an
 * e-mail: in a pod a hosts file answers, on the lab nobody does, and each look-up takes six seconds.
 */
const COMMITTER = { GIT_COMMITTER_NAME: 'argocd', GIT_COMMITTER_EMAIL: 'argocd@localhost' };

/**
 * Argo CD's application controller and repository server, and the redis between them (Debian: redis-server). A forge's
 * webhook is stood in for: on a new commit each Application is told to refresh, as Argo CD's own webhook does.
 */
export const argocdKind: ControllerKind = {
  name: 'Argo CD',
  system: ['redis-server'],
  gitops: (origin) => ({
    argocd: { repository: `file://${origin}`, revision: 'main', namespace: NAMESPACE, server: SERVER },
  }),
  create: (lab, project) => ArgoController.create(lab, project),
};

interface Application {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly sync?: { readonly status?: string; readonly revision?: string } };
}

class ArgoController implements Controller {
  readonly name = 'Argo CD';
  private readonly redis: Inside;
  private readonly repositories: Inside;
  private readonly controller: Inside;
  private readonly webhook: Webhook;

  static async create(lab: Lab, project: Project): Promise<ArgoController> {
    const folder = (await ensureParts(cacheDirectory(), [argocd], new Progress()))(argocd);
    await applyDefinitions(lab, join(folder, 'manifests/crds'), '-crd.yaml');
    const labels = { 'app.kubernetes.io/part-of': 'argocd' };
    const named = (name: string, more: object = {}) => ({
      name,
      namespace: NAMESPACE,
      labels: { ...labels, ...more },
    });
    await lab.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: named('argocd-cm') },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: named('argocd-secret'),
        stringData: { 'server.secretkey': 'not a secret' },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: named('lab', { 'argocd.argoproj.io/secret-type': 'cluster' }),
        stringData: { name: 'lab', server: SERVER, config: clusterConfig(lab) },
      },
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AppProject',
        metadata: named('default'),
        spec: {
          sourceRepos: ['*'],
          destinations: [{ namespace: '*', server: '*' }],
          clusterResourceWhitelist: [{ group: '*', kind: '*' }],
        },
      },
    ]);
    return new ArgoController(lab, project, join(folder, 'cmd'));
  }

  private constructor(
    private readonly lab: Lab,
    private readonly project: Project,
    program: string,
  ) {
    const [host = '', port = ''] = REDIS.split(':');
    this.redis = new Inside(lab, 'redis', ['redis-server', '--bind', host, '--port', port, '--save', '']);
    const env = { ARGOCD_GPG_ENABLED: 'false' };
    this.repositories = new Inside(
      lab,
      'argocd-repo-server',
      [program, '--redis', REDIS, '--disable-tls', '--port', String(REPO_SERVER), '--metrics-port', '9795'],
      { ...env, ...COMMITTER, ARGOCD_BINARY_NAME: 'argocd-repo-server' },
    );
    this.controller = new Inside(
      lab,
      'argocd-application-controller',
      [
        ...[program, '--kubeconfig', lab.variable('KUBECONFIG'), '--namespace', NAMESPACE, '--redis', REDIS],
        ...['--repo-server', `127.0.0.1:${REPO_SERVER}`, '--repo-server-plaintext', '--metrics-port', '9796'],
      ],
      { ...env, ARGOCD_BINARY_NAME: 'argocd-application-controller' },
    );
    this.webhook = new Webhook(project, (commit) => this.tell(commit));
  }

  async bootstrap(): Promise<void> {
    await this.redis.start();
    await this.repositories.start();
    await this.start();
    const bootstrap = pathOf({ is: 'mesh', environment: '', part: 'bootstrap' });
    await this.lab.kubectl('apply', '-f', join(this.project.dist, bootstrap));
    await eventually('the layers have been synced once', 120, async () => {
      const list = await this.applications();
      return list.length === 4 && list.every(({ status }) => status?.sync?.status === 'Synced');
    });
    this.webhook.start();
  }

  async isSynced(commit: string): Promise<boolean> {
    const list = await this.applications();
    return (
      list.length === 4 &&
      list.every(({ status }) => status?.sync?.status === 'Synced' && status.sync.revision === commit)
    );
  }

  start(): Promise<void> {
    return this.controller.start();
  }

  kill(): Promise<void> {
    return this.controller.kill();
  }

  async remove(): Promise<void> {
    this.webhook.stop();
    // The one that makes the others first.
    await this.lab
      .kubectl('delete', 'application', 'meshferry', '-n', NAMESPACE, '--ignore-not-found')
      .catch(() => {});
    await this.lab
      .kubectl('delete', 'applications', '--all', '-n', NAMESPACE, '--timeout=30s')
      .catch(() => {});
    for (const one of [this.controller, this.repositories, this.redis]) await one.remove();
  }

  private applications(): Promise<Application[]> {
    return this.lab.list<Application>('applications', NAMESPACE);
  }

  /** Again until each has heard: a refresh that is under way takes the annotation with it. */
  private async tell(commit: string): Promise<boolean> {
    const deaf = (await this.applications()).filter(({ status }) => status?.sync?.revision !== commit);
    if (deaf.length === 0) return true;
    const names = deaf.map(({ metadata }) => metadata.name);
    const annotation = 'argocd.argoproj.io/refresh=normal';
    await this.lab.kubectl('annotate', 'applications', ...names, '-n', NAMESPACE, '--overwrite', annotation);
    return false;
  }
}

/** How to speak to the API server, as Argo CD keeps it; what it calls the cluster it runs in is not reached from outside. */
function clusterConfig(lab: Lab): string {
  const kubeconfig = parse(readFileSync(lab.variable('KUBECONFIG'), 'utf8'));
  const { cluster } = kubeconfig.clusters[0];
  const { user } = kubeconfig.users[0];
  const data = (owner: Record<string, string>, key: string) =>
    owner[`${key}-data`] ?? readFileSync(owner[key] ?? '').toString('base64');
  return JSON.stringify({
    tlsClientConfig: {
      caData: data(cluster, 'certificate-authority'),
      certData: data(user, 'client-certificate'),
      keyData: data(user, 'client-key'),
    },
  });
}
