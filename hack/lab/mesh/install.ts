import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LAB_SOURCE } from '../paths';
import type { Progress } from '../progress';

/** Runs kubectl or istioctl against a lab's cluster and resolves to what it printed. */
export type ClusterCommand = (tool: 'kubectl' | 'istioctl', args: readonly string[]) => Promise<string>;

const manifest = (name: string) => join(LAB_SOURCE, 'mesh', name);

/** Deployments that serve once the mesh is up. */
export const DEPLOYMENTS = ['istiod', 'istio-ingressgateway', 'istio-eastwestgateway'] as const;

/**
 * Installs Istio, its two gateways, the namespace smm-demo and the client pod, and waits until they serve.
 *
 * @param charts folder of Istio's own manifests
 */
export async function installMesh(call: ClusterCommand, charts: string, progress: Progress): Promise<void> {
  await progress.task('istio', async () => {
    await call('kubectl', ['apply', '--filename', manifest('namespaces.yaml')]);
    await call('istioctl', [
      'install',
      '--skip-confirmation',
      ...['--filename', manifest('istio.yaml')],
      ...['--manifests', charts],
    ]);
  });
  await progress.task('gateways and client', async () => {
    for (const name of ['gateways.yaml', 'client.yaml']) {
      // the webhook that fills the pods in answers a moment after istiod says it is ready
      await retry(() => call('kubectl', ['apply', '--filename', manifest(name)]));
    }
    for (const name of DEPLOYMENTS) {
      const rollout = ['rollout', 'status', `deployment/${name}`, '--timeout=90s'];
      await call('kubectl', ['--namespace', 'istio-system', ...rollout]);
    }
    const ready = ['wait', '--for=condition=Ready', 'pod/client', '--timeout=90s'];
    await call('kubectl', ['--namespace', 'smm-demo', ...ready]);
  });
}

async function retry(work: () => Promise<unknown>): Promise<void> {
  for (let left = 20; ; left--) {
    try {
      await work();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(500);
    }
  }
}
