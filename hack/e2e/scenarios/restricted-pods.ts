import { defineMesh, defineMigration, type MigrationInput, renderPhase } from '../../../index';
import { fields } from '../../../manifests/manifest';
import { plan } from '../../../plan/plan';
import { eventually, type Lab } from '../lab';
import { analytics, expect, type Scenario } from '../scenario';

const NAME = 'restricted pods';
const NAMESPACE = 'restricted';
const VOLUME = 'meshferry-restricted';
const MESH = defineMesh({ istio: '1.31', kubernetes: '1.34' });

/** Without injection: an init container of Istio's is refused here, where the mesh has no CNI plugin. */
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
};

/** The lab makes no volumes by itself. */
const volume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: VOLUME },
  spec: {
    capacity: { storage: '1Mi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: VOLUME,
    hostPath: { path: `/var/tmp/${VOLUME}`, type: 'DirectoryOrCreate' },
  },
};

/** The objects of the workload layer once pods are deployed. */
function workload(declared: MigrationInput): readonly object[] {
  const migration = defineMigration(declared);
  const deploy = plan(migration).find(({ name }) => name === 'deploy');
  if (!deploy) throw new Error('the plan has no phase deploy');
  return renderPhase(migration, MESH, deploy).workload;
}

/** A pod as a controller would make it, to ask the API server about. */
function podOf(objects: readonly object[]): object {
  const controller = objects.find((one) => ['Deployment', 'StatefulSet'].includes(String(fields(one).kind)));
  const { metadata, spec } = fields(fields(fields(controller).spec).template);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...fields(metadata), name: 'asked' }, spec };
}

/** What the API server says of a pod, without making it; undefined where it takes it. */
function refusal(lab: Lab, pod: object): Promise<string | undefined> {
  const ask = ['create', '--dry-run=server', '-n', NAMESPACE, '-f', '-'];
  return lab.run('kubectl', ask, { input: JSON.stringify(pod) }).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** A StatefulSet with a claim runs where the Pod Security Standard `restricted` is enforced. */
export const restrictedPods: Scenario = {
  name: NAME,
  play: async ({ lab, report }) => {
    const { kubernetes, ...declared } = { ...analytics(lab), namespace: NAMESPACE };
    const claim = {
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: VOLUME,
        resources: { requests: { storage: '1Mi' } },
      },
    };
    const secured: MigrationInput = {
      ...declared,
      kubernetes: {
        image: kubernetes?.image,
        kind: 'StatefulSet',
        podSecurity: 'restricted',
        volumeClaimTemplates: [claim],
        podTemplate: {
          spec: {
            containers: [{ name: 'analytics', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
          },
        },
      },
    };
    try {
      await lab.apply([namespace, volume]);
      await report.step(NAME, 'pods that say nothing', 'refused', async () => {
        const refused = await refusal(
          lab,
          podOf(workload({ ...declared, ...(kubernetes && { kubernetes }) })),
        );
        expect(refused?.includes('violates PodSecurity "restricted') ?? false, refused ?? 'it took the pod');
        return 'violates PodSecurity';
      });
      await report.step(NAME, 'those of podSecurity: restricted', 'admitted, and ready', async () => {
        await lab.apply(workload(secured));
        const rollout = ['rollout', 'status', 'statefulset/analytics-v1', '--timeout=90s'];
        await lab.kubectl('-n', NAMESPACE, ...rollout);
        return 'analytics-v1-0 is ready';
      });
      await report.step(NAME, 'their claim', 'bound, and mounted', async () => {
        await eventually(
          'the claim is bound',
          10,
          async () =>
            (await lab.kubectl(
              '-n',
              NAMESPACE,
              'get',
              'pvc',
              'data-analytics-v1-0',
              '-o',
              'jsonpath={.status.phase}',
            )) === 'Bound',
        );
        const mounts = await lab.kubectl(
          '-n',
          NAMESPACE,
          'exec',
          'analytics-v1-0',
          '--',
          'cat',
          '/proc/mounts',
        );
        expect(mounts.includes(' /data '), mounts);
        return 'bound, and mounted at /data';
      });
    } finally {
      await lab.kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=60s');
      await lab.kubectl('delete', 'pv', VOLUME, '--ignore-not-found', '--timeout=60s');
    }
  },
};
