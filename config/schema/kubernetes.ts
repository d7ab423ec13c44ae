import * as z from 'zod';
import { trafficPolicy } from './istio';
import { probeOrNone } from './probe';
import {
  annotations,
  dnsLabel,
  dnsName,
  image,
  labels,
  labelValue,
  natural,
  ports,
  positive,
  text,
} from './scalars';

const envName = z
  .string()
  .regex(/^[-._a-zA-Z][-._a-zA-Z0-9]*$/, 'must be the name of an environment variable, e.g. LOG_LEVEL');
const dataKey = z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/, 'must be a key of a ConfigMap or Secret');

const envValue = z.union(
  [
    z.string(),
    z.strictObject({
      configMap: dnsName.describe('Name of the ConfigMap.'),
      key: dataKey.describe('Key in the ConfigMap.'),
    }),
    z.strictObject({
      secret: dnsName.describe('Name of the Secret.'),
      key: dataKey.describe('Key in the Secret.'),
    }),
  ],
  {
    error: ({ input }) =>
      typeof input === 'number' || typeof input === 'boolean'
        ? `${input} must be text: put it in quotes, "${input}"`
        : 'must be text, {configMap: name, key: key} or {secret: name, key: key}',
  },
);

const envSource = z.union(
  [
    z.strictObject({ configMap: dnsName.describe('Name of the ConfigMap.') }),
    z.strictObject({ secret: dnsName.describe('Name of the Secret.') }),
  ],
  'must be {configMap: name} or {secret: name}',
);

const volume = z
  .strictObject({
    name: dnsLabel.describe('Name of the volume.'),
    mountPath: z
      .string()
      .startsWith('/', 'must be an absolute path')
      .describe('Where it is mounted in the container.'),
    subPath: text.optional().describe('Path inside the volume. Default: its root.'),
    readOnly: z.boolean().default(false).describe('Mount read-only.'),
    configMap: dnsName.optional().describe('Content: a ConfigMap of this name.'),
    secret: dnsName.optional().describe('Content: a Secret of this name.'),
    persistentVolumeClaim: dnsName.optional().describe('Content: a PersistentVolumeClaim of this name.'),
    emptyDir: z
      .literal(true)
      .optional()
      .describe('Content: an empty directory that lives as long as the pod.'),
  })
  .refine(
    (v) => [v.configMap, v.secret, v.persistentVolumeClaim, v.emptyDir].filter(Boolean).length === 1,
    'must hold exactly one of configMap, secret, persistentVolumeClaim, emptyDir',
  )
  .describe(
    'A volume and its mount: exactly one of configMap, secret, persistentVolumeClaim, emptyDir says what is in it.',
  );

const quantities = z.strictObject({
  cpu: z
    .string()
    .regex(/^([0-9]+m|[0-9]+(\.[0-9]+)?)$/, 'must be a CPU quantity such as 250m or "1"')
    .optional()
    .describe('CPU, e.g. 250m. Default: none declared.'),
  memory: z
    .string()
    .regex(/^[0-9]+(Ki|Mi|Gi|Ti)$/, 'must be a memory quantity such as 256Mi or 1Gi')
    .optional()
    .describe('Memory, e.g. 256Mi. Default: none declared.'),
});

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
    name: dnsLabel.optional().describe('Name of the Deployment. Default: <app>-<version>.'),
    image: image.optional().describe('Container image, needed unless `existing`. Default: none.'),
    imagePullPolicy: z
      .enum(['Always', 'IfNotPresent', 'Never'])
      .default('IfNotPresent')
      .describe('When the node pulls the image.'),
    imagePullSecrets: z.array(dnsName).default([]).describe('Secrets that the node pulls the image with.'),
    command: z
      .array(z.string())
      .optional()
      .describe("Replaces the image's entry point. Default: the image's."),
    args: z.array(z.string()).optional().describe("Replaces the image's arguments. Default: the image's."),
    replicas: positive
      .default(1)
      .describe('Number of pods; left to the autoscaler where `autoscaling` is declared.'),
    serviceAccount: dnsName
      .optional()
      .describe("Service account of the pods. Default: the namespace's `default`."),
    ports: ports
      .optional()
      .describe(
        'Numbers that the container listens on, by port name, where they differ. Default: those of `ports`.',
      ),
    env: z
      .record(envName, envValue)
      .default({})
      .describe('Environment variables: text, or a key of a ConfigMap or Secret.'),
    envFrom: z
      .array(envSource)
      .default([])
      .describe('Every key of these ConfigMaps and Secrets as environment variables.'),
    volumes: z.array(volume).default([]).describe('Volumes and where they are mounted.'),
    resources: z
      .strictObject({
        requests: quantities.optional().describe('What the scheduler reserves. Default: none declared.'),
        limits: quantities.optional().describe('What the pod may not exceed. Default: none declared.'),
      })
      .optional()
      .describe('CPU and memory. Default: none declared, as on the VM.'),
    probe: probeOrNone
      .optional()
      .describe(
        "Readiness of the pods; `none`: a running pod is ready. Default: the VM's probe, asked of the pod.",
      ),
    user: natural.optional().describe("User id that the process runs as. Default: the image's."),
    group: natural.optional().describe("Group id that the process runs as. Default: the image's."),
    readOnlyRootFilesystem: z.boolean().default(false).describe('Mount the root file system read-only.'),
    drainSeconds: natural
      .default(5)
      .describe(
        'Seconds that a stopping pod keeps serving while clients learn that it goes (a preStop sleep; needs `sleep` in the image; 0: none).',
      ),
    terminationGracePeriodSeconds: natural
      .default(30)
      .describe('Seconds from the stop signal, drainSeconds included, to the kill.'),
    disruptionBudget: disruptionBudget
      .optional()
      .describe('A PodDisruptionBudget: exactly one of minAvailable, maxUnavailable. Default: none.'),
    autoscaling: autoscaling.optional().describe('A HorizontalPodAutoscaler on CPU. Default: none.'),
    trafficPolicy: trafficPolicy
      .optional()
      .describe(
        "TrafficPolicy of the pods' subset, in Istio's own words. As in Istio, each part that is set here replaces the one of the host. Default: the host's.",
      ),
    labels: labels.default({}).describe('More labels of the pods, beside app and version.'),
    annotations: annotations.default({}).describe('Annotations of the pods.'),
  })
  .describe('The side that takes over: a Deployment.');
