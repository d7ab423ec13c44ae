import * as z from 'zod';
import { trafficPolicy } from './istio';
import { kubernetesField } from './kubernetes-field';
import { dnsLabel, image, labelValue, natural, ports, positive } from './scalars';

const countOrPercent = z.union(
  [
    natural,
    z.string().regex(/^([0-9]|[1-9][0-9]|100)%$/, 'must be a whole number, or a percentage such as 50%'),
  ],
  'must be a whole number, or a percentage such as 50%',
);

const disruptionBudget = z
  .strictObject({
    minAvailable: countOrPercent.optional().describe('Pods that must stay, e.g. 1 or 50%.'),
    maxUnavailable: countOrPercent.optional().describe('Pods that may be gone, e.g. 1 or 50%.'),
  })
  .refine(
    (b) => (b.minAvailable === undefined) !== (b.maxUnavailable === undefined),
    'must hold exactly one of minAvailable, maxUnavailable',
  );

const autoscaling = z.strictObject({
  minReplicas: positive.default(1).describe('Fewest pods.'),
  maxReplicas: positive.describe('Most pods.'),
  cpuPercent: positive
    .default(80)
    .describe('Average CPU, in percent of what is requested, that is aimed at.'),
});

/** The Kubernetes side as a user writes it. */
export const kubernetes = z
  .strictObject({
    version: labelValue
      .default('v1')
      .describe("The pods' `version` label; the DestinationRule's subset is named after it."),
    existing: z
      .boolean()
      .default(false)
      .describe(
        'Pods serve this host already: their Deployment is left alone, and the VM joins without a share.',
      ),
    kind: z
      .enum(['Deployment', 'StatefulSet'])
      .default('Deployment')
      .describe('What runs the pods. A StatefulSet gets a headless Service of its own, <name>-pods.'),
    name: dnsLabel.optional().describe('Name of the Deployment or StatefulSet. Default: <app>-<version>.'),
    image: image.optional().describe('Image of the main container, needed unless `existing`. Default: none.'),
    replicas: positive
      .default(1)
      .describe('Number of pods; left to the autoscaler where `autoscaling` is declared.'),
    ports: ports
      .optional()
      .describe(
        'Numbers that the container listens on, by port name, where they differ. Default: those of `ports`.',
      ),
    probe: z
      .enum(['vm', 'none'])
      .default('vm')
      .describe(
        "Readiness of the pods. `vm`: the VM's probe, asked of the pod, unless `podTemplate` gives the main container a readinessProbe. `none`: no readinessProbe is derived.",
      ),
    drainSeconds: natural
      .optional()
      .describe(
        'Seconds that a stopping pod keeps serving while clients learn that it goes: a preStop hook that sleeps. 0: no hook is derived. Before Kubernetes 1.30, or where mesh.yaml does not say which it is, the hook runs the `sleep` of the image. Default: 5, or half the grace period where that is shorter; 0 where `podTemplate` gives the main container a preStop hook.',
      ),
    podSecurity: z
      .enum(['restricted'])
      .optional()
      .describe(
        'What a namespace that enforces this Pod Security Standard asks for is given to the pod and each of its containers, and a podTemplate that breaks it is refused. Default: none; a lifted process runs as the user of its image, with the rights that Kubernetes gives it.',
      ),
    podTemplate: kubernetesField('PodTemplateSpec')
      .optional()
      .describe(
        "What else the pods have, in Kubernetes' own words: a PodTemplateSpec that is merged over the derived one. Lists are merged by the keys that Kubernetes' API gives them, such as `name`; other lists are replaced. The main container has the name of the app. Default: none.",
      ),
    strategy: kubernetesField('DeploymentStrategy')
      .optional()
      .describe(
        "How a Deployment replaces its pods, in Kubernetes' own words. Default: RollingUpdate with maxSurge 1 and maxUnavailable 0, so that a pod goes only when another is ready.",
      ),
    updateStrategy: kubernetesField('StatefulSetUpdateStrategy')
      .optional()
      .describe("How a StatefulSet replaces its pods, in Kubernetes' own words. Default: Kubernetes' own."),
    volumeClaimTemplates: z
      .array(kubernetesField('PersistentVolumeClaim'))
      .default([])
      .describe("Claims that each pod of a StatefulSet gets, in Kubernetes' own words."),
    persistentVolumeClaimRetentionPolicy: kubernetesField('StatefulSetPersistentVolumeClaimRetentionPolicy')
      .optional()
      .describe(
        "What becomes of a StatefulSet's claims, in Kubernetes' own words. Default: Kubernetes' own, they stay.",
      ),
    podManagementPolicy: z
      .enum(['OrderedReady', 'Parallel'])
      .optional()
      .describe('Whether pods of a StatefulSet start one after another. Default: OrderedReady.'),
    minReadySeconds: natural
      .optional()
      .describe('Seconds that a new pod has to be ready to count as available. Default: 0.'),
    revisionHistoryLimit: natural
      .optional()
      .describe('Old revisions that are kept, for a rollback. Default: 10.'),
    progressDeadlineSeconds: positive
      .optional()
      .describe('Seconds in which a rollout of a Deployment has to progress. Default: 600.'),
    disruptionBudget: disruptionBudget
      .optional()
      .describe('A PodDisruptionBudget: exactly one of minAvailable, maxUnavailable. Default: none.'),
    autoscaling: autoscaling.optional().describe('A HorizontalPodAutoscaler on CPU. Default: none.'),
    trafficPolicy: trafficPolicy
      .optional()
      .describe(
        "TrafficPolicy of the pods' subset, in Istio's own words. As in Istio, each part that is set here replaces the one of the host. Default: the host's.",
      ),
  })
  .describe('The side that takes over: a Deployment or a StatefulSet.');
