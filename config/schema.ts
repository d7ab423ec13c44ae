import { z } from 'zod';

/**
 * What a user writes: `migrations/<name>.yaml` and `mesh.yaml`. Every field says what it means and what it
 * defaults to; the JSON Schema for editors is generated from here. Checks that span several fields are in
 * `checks.ts`; values derived from other fields are filled in by `resolve.ts`.
 */

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/;
const DURATION = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;

const dnsLabel = z
  .string()
  .regex(
    DNS_LABEL,
    'must be a DNS-1123 label: lower case letters, digits and "-", at most 63 characters, starting and ending with a letter or digit',
  );
const dnsName = z
  .string()
  .regex(DNS_NAME, 'must be a DNS name: lower case letters, digits, "-" and ".", at most 253 characters');
const labelValue = z
  .string()
  .regex(
    LABEL_VALUE,
    'must be a Kubernetes label value: at most 63 letters, digits, "-", "_" or ".", starting and ending with a letter or digit',
  );
const duration = z.string().regex(DURATION, 'must be a duration such as 500ms, 3s or 1m');
const portNumber = z
  .int()
  .min(1, 'must be a port number from 1 to 65535')
  .max(65535, 'must be a port number from 1 to 65535');
const percent = z
  .int()
  .min(0, 'must be a whole percentage from 0 to 100')
  .max(100, 'must be a whole percentage from 0 to 100');
const seconds = z.int().min(1, 'must be a whole number of seconds, at least 1');
const stringMap = z.record(z.string(), z.string());
const labels = z.record(z.string(), labelValue);
/** Numbers by port name. */
const ports = z.record(z.string(), portNumber);

const stringMatch = z
  .strictObject({
    exact: z.string().optional().describe('the whole value'),
    prefix: z.string().optional().describe('how the value begins'),
    regex: z.string().optional().describe('an RE2 expression for the whole value'),
  })
  .refine((m) => Object.keys(m).length === 1, 'must hold exactly one of exact, prefix, regex')
  .describe("Istio's StringMatch: exactly one of exact, prefix, regex.");

const probeTiming = {
  initialDelaySeconds: z.int().min(0).optional().describe('Seconds before the first probe. Default: 0.'),
  timeoutSeconds: seconds.optional().describe('Seconds until a probe counts as failed. Default: 1.'),
  periodSeconds: seconds.optional().describe('Seconds between probes. Default: 10.'),
  successThreshold: seconds.optional().describe('Successes in a row that make it healthy. Default: 1.'),
  failureThreshold: seconds.optional().describe('Failures in a row that make it unhealthy. Default: 3.'),
};

const probe = z
  .strictObject({
    httpGet: z
      .strictObject({
        path: z.string().startsWith('/', 'must start with "/"').default('/').describe('Path of the request.'),
        port: portNumber.describe('Number of the port, as the process listens on it.'),
        scheme: z.enum(['HTTP', 'HTTPS']).default('HTTP').describe('Scheme of the request.'),
        host: z
          .string()
          .optional()
          .describe('Address that is asked. Default: 127.0.0.1 on the VM, the pod itself in Kubernetes.'),
        httpHeaders: z
          .array(z.strictObject({ name: z.string(), value: z.string() }))
          .optional()
          .describe('Headers of the request.'),
      })
      .optional()
      .describe('Healthy when a GET answers with a status from 200 to 399.'),
    tcpSocket: z
      .strictObject({
        port: portNumber.describe('Number of the port.'),
        host: z.string().optional().describe('Address that is called. Default: 127.0.0.1 on the VM.'),
      })
      .optional()
      .describe('Healthy when the port accepts a connection.'),
    exec: z
      .strictObject({ command: z.array(z.string()).min(1) })
      .optional()
      .describe('Healthy when the command exits with 0.'),
    ...probeTiming,
  })
  .refine(
    (p) => [p.httpGet, p.tcpSocket, p.exec].filter(Boolean).length === 1,
    'must hold exactly one of httpGet, tcpSocket, exec',
  )
  .describe(
    "How to tell that the service answers, in Kubernetes' own form: exactly one of httpGet, tcpSocket, exec.",
  );

const vm = z
  .strictObject({
    version: labelValue
      .default('v0')
      .describe("The VM's `version` label; the DestinationRule's subset is named after it."),
    group: dnsName.optional().describe('Name of the WorkloadGroup. Default: <app>-<version>.'),
    serviceAccount: dnsName
      .default('default')
      .describe("Service account that the VM's workload identity is issued for."),
    network: z
      .string()
      .optional()
      .describe(
        "Network of the VM. Default: the mesh's network. Another name than the mesh's: pods and VM reach each other through the expansion gateway.",
      ),
    ports: ports
      .optional()
      .describe(
        'Numbers that the process on the VM listens on, by port name, where they differ from `ports`.',
      ),
    probe: z
      .union([probe, z.literal('none')])
      .optional()
      .describe(
        'Health of the service on the VM; an unhealthy VM gets no traffic. `none`: a connected VM counts as healthy. Default: HTTP GET / on the first http port, else a TCP connection to the first port.',
      ),
    mtls: z
      .enum(['PERMISSIVE', 'STRICT', 'DISABLE', 'UNSET'])
      .default('PERMISSIVE')
      .describe(
        'PeerAuthentication of the VM: PERMISSIVE also accepts plain text, so that callers outside the mesh keep working.',
      ),
    labels: labels.default({}).describe('More labels of the VM, beside app and version.'),
    annotations: stringMap
      .default({})
      .describe('Annotations of the WorkloadGroup, e.g. proxy.istio.io/config.'),
    locality: z.string().optional().describe('Locality of the VM: region/zone/subzone.'),
  })
  .describe('The side that serves today: a virtual machine, declared to Istio as a WorkloadGroup.');

const envValue = z.union([
  z.string(),
  z.strictObject({
    configMap: dnsName.describe('Name of the ConfigMap.'),
    key: z.string().describe('Key in it.'),
  }),
  z.strictObject({ secret: dnsName.describe('Name of the Secret.'), key: z.string().describe('Key in it.') }),
]);

const volume = z
  .strictObject({
    name: dnsLabel.describe('Name of the volume.'),
    mountPath: z
      .string()
      .startsWith('/', 'must be an absolute path')
      .describe('Where it is mounted in the container.'),
    subPath: z.string().optional().describe('Path inside the volume. Default: its root.'),
    readOnly: z.boolean().default(false).describe('Mount read-only.'),
    configMap: dnsName.optional().describe('Content: a ConfigMap.'),
    secret: dnsName.optional().describe('Content: a Secret.'),
    persistentVolumeClaim: dnsName.optional().describe('Content: a PersistentVolumeClaim.'),
    emptyDir: z
      .literal(true)
      .optional()
      .describe('Content: an empty directory that lives as long as the pod.'),
  })
  .refine(
    (v) => [v.configMap, v.secret, v.persistentVolumeClaim, v.emptyDir].filter(Boolean).length === 1,
    'must hold exactly one of configMap, secret, persistentVolumeClaim, emptyDir',
  );

const quantities = z.strictObject({
  cpu: z
    .string()
    .regex(/^([0-9]+m|[0-9]+(\.[0-9]+)?)$/, 'must be a CPU quantity such as 250m or 1')
    .optional()
    .describe('CPU, e.g. 250m.'),
  memory: z
    .string()
    .regex(/^[0-9]+(Ki|Mi|Gi|Ti)$/, 'must be a memory quantity such as 256Mi or 1Gi')
    .optional()
    .describe('Memory, e.g. 256Mi.'),
});

const countOrPercent = z.union([
  z.int().min(0),
  z.string().regex(/^([0-9]|[1-9][0-9]|100)%$/, 'must be a whole number or a percentage such as 50%'),
]);

const kubernetes = z
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
    image: z.string().min(1).optional().describe('Container image. Needed unless `existing`.'),
    imagePullPolicy: z
      .enum(['Always', 'IfNotPresent', 'Never'])
      .default('IfNotPresent')
      .describe('When the node pulls the image.'),
    imagePullSecrets: z.array(dnsName).default([]).describe('Secrets that the node pulls the image with.'),
    command: z.array(z.string()).optional().describe("Replaces the image's entry point."),
    args: z.array(z.string()).optional().describe("Replaces the image's arguments."),
    replicas: z
      .int()
      .min(1)
      .default(1)
      .describe('Number of pods; left to the autoscaler where `autoscaling` is declared.'),
    serviceAccount: dnsName
      .optional()
      .describe("Service account of the pods. Default: the namespace's `default`."),
    ports: ports
      .optional()
      .describe('Numbers that the container listens on, by port name, where they differ from `ports`.'),
    env: z
      .record(z.string(), envValue)
      .default({})
      .describe('Environment variables: a string, or a key of a ConfigMap or Secret.'),
    envFrom: z
      .array(z.union([z.strictObject({ configMap: dnsName }), z.strictObject({ secret: dnsName })]))
      .default([])
      .describe('Every key of these ConfigMaps and Secrets as environment variables.'),
    volumes: z.array(volume).default([]).describe('Volumes and where they are mounted.'),
    resources: z
      .strictObject({
        requests: quantities.optional().describe('What the scheduler reserves.'),
        limits: quantities.optional().describe('What the pod may not exceed.'),
      })
      .optional()
      .describe('CPU and memory. Default: none declared, as on the VM.'),
    probe: z
      .union([probe, z.literal('none')])
      .optional()
      .describe("Readiness of the pods. Default: the VM's probe, asked of the pod."),
    user: z.int().min(0).optional().describe("User id the process runs as. Default: the image's."),
    group: z.int().min(0).optional().describe("Group id the process runs as. Default: the image's."),
    readOnlyRootFilesystem: z.boolean().default(false).describe('Mount the root file system read-only.'),
    drainSeconds: z
      .int()
      .min(0)
      .default(5)
      .describe(
        'Seconds a stopping pod keeps serving while clients learn that it goes (a preStop sleep; needs `sleep` in the image; 0: none).',
      ),
    terminationGracePeriodSeconds: z
      .int()
      .min(0)
      .default(30)
      .describe('Seconds from the stop signal (drainSeconds included) to the kill.'),
    disruptionBudget: z
      .strictObject({
        minAvailable: countOrPercent.optional().describe('Pods that must stay.'),
        maxUnavailable: countOrPercent.optional().describe('Pods that may be gone.'),
      })
      .refine(
        (b) => (b.minAvailable === undefined) !== (b.maxUnavailable === undefined),
        'must hold exactly one of minAvailable, maxUnavailable',
      )
      .optional()
      .describe('A PodDisruptionBudget. Default: none.'),
    autoscaling: z
      .strictObject({
        minReplicas: z.int().min(1).default(1).describe('Fewest pods.'),
        maxReplicas: z.int().min(1).describe('Most pods.'),
        cpuPercent: z
          .int()
          .min(1)
          .default(80)
          .describe('Average CPU, in percent of what is requested, that is aimed at.'),
      })
      .optional()
      .describe('A HorizontalPodAutoscaler on CPU. Default: none.'),
    labels: labels.default({}).describe('More labels of the pods, beside app and version.'),
    annotations: stringMap.default({}).describe('Annotations of the pods.'),
  })
  .describe('The side that takes over: a Deployment.');

const headerOperations = z.strictObject({
  set: stringMap.optional().describe('Headers that are overwritten.'),
  add: stringMap.optional().describe('Headers that are appended.'),
  remove: z.array(z.string()).optional().describe('Headers that are removed.'),
});

const rule = z
  .strictObject({
    name: z.string().optional().describe('Name of the rule, for logs.'),
    ports: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('Names of the http ports it is for. Default: all of them.'),
    match: z
      .array(
        z.strictObject({
          uri: stringMatch.optional().describe('Path of the request.'),
          method: stringMatch.optional().describe('Method of the request.'),
          authority: stringMatch.optional().describe('Host header of the request.'),
          headers: z.record(z.string(), stringMatch).optional().describe('Headers, by lower-case name.'),
          withoutHeaders: z
            .record(z.string(), stringMatch)
            .optional()
            .describe('Headers that must not match.'),
          queryParams: z.record(z.string(), stringMatch).optional().describe('Query parameters, by name.'),
          ignoreUriCase: z.boolean().optional().describe('Compare the path without regard to case.'),
          sourceLabels: labels.optional().describe('Labels of the calling workload.'),
          sourceNamespace: dnsLabel.optional().describe('Namespace of the calling workload.'),
        }),
      )
      .min(1)
      .optional()
      .describe(
        'Conditions, any of which selects the rule. Default: every request (only in the last rule of a port).',
      ),
    timeout: duration.optional().describe('Time limit of a request. Default: none.'),
    retries: z
      .strictObject({
        attempts: z.int().min(0).describe('Retries of a request; 0 turns retries off.'),
        perTryTimeout: duration.optional().describe('Time limit of each try. Default: `timeout`.'),
        retryOn: z.string().optional().describe('Conditions, comma-separated. Default: that of Istio.'),
        retryRemoteLocalities: z.boolean().optional().describe('Retry in other localities too.'),
      })
      .optional()
      .describe('Retries. Default: those of Istio.'),
    headers: z
      .strictObject({ request: headerOperations.optional(), response: headerOperations.optional() })
      .optional()
      .describe('Header operations on requests and responses.'),
    rewrite: z
      .strictObject({ uri: z.string().optional(), authority: z.string().optional() })
      .optional()
      .describe('Rewrites path or Host header.'),
    corsPolicy: z
      .strictObject({
        allowOrigins: z.array(stringMatch).optional(),
        allowMethods: z.array(z.string()).optional(),
        allowHeaders: z.array(z.string()).optional(),
        exposeHeaders: z.array(z.string()).optional(),
        maxAge: duration.optional(),
        allowCredentials: z.boolean().optional(),
      })
      .optional()
      .describe('Cross-origin policy.'),
  })
  .describe(
    "A rule that the host already has, in the terms of a VirtualService's http route; the weights go into it.",
  );

/** `migrations/<name>.yaml`: one service on its way from a VM to Kubernetes. */
export const migrationSchema = z
  .strictObject({
    name: dnsLabel
      .optional()
      .describe('Name of the migration, and of its folder in dist/. Default: the name of the file.'),
    namespace: dnsLabel.describe('Namespace of the service.'),
    app: labelValue
      .optional()
      .describe(
        'The `app` label that both sides carry and the Service selects. Default: the name of the migration.',
      ),
    phase: z.string().describe('The current phase. `meshferry plan` lists them.'),
    mode: z
      .enum(['temporary', 'long-term'])
      .default('temporary')
      .describe('temporary: ends with the VM gone. long-term: the VM stays.'),
    ends: z
      .enum(['onboard', 'split', 'standby'])
      .optional()
      .describe(
        'What a long-term migration ends in. onboard: the VM alone. split: fixed weights, those of the last step. standby: the VM serves, pods take over when it dies.',
      ),
    ports: ports.describe(
      'Ports of the service: name to number. The first word of a name is its protocol (http, http2, grpc, grpc-web, https, tls, tcp, mongo, mysql, redis).',
    ),
    service: z
      .strictObject({
        name: dnsLabel.optional().describe('Name of the Service that clients call. Default: <app>.'),
        existing: z
          .boolean()
          .optional()
          .describe(
            'The Service exists and is left alone. Default: true where pods serve already, else false.',
          ),
      })
      .prefault({})
      .describe('The Kubernetes Service that clients call.'),
    vm: vm.prefault({}),
    kubernetes: kubernetes.optional(),
    shift: z
      .strictObject({
        steps: z
          .array(percent)
          .optional()
          .describe(
            'Share of Kubernetes in percent, step by step. Default: 10, 25, 50, 75, 100 for a temporary migration; 10, 25, 50 for a split. Where pods serve already: 90, 100; 90, 75, 50 for a split; 90, 75, 50, 25, 0 for standby.',
          ),
      })
      .prefault({})
      .describe('How traffic moves.'),
    aliases: z
      .array(dnsName)
      .default([])
      .describe('DNS names that clients in the mesh use for the VM today; they follow the same weights.'),
    gateways: z
      .array(
        z.strictObject({
          name: z
            .string()
            .regex(
              /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
              'must be <name> or <namespace>/<name> of an Istio Gateway',
            )
            .describe('The Gateway: <name>, or <namespace>/<name>.'),
          hosts: z
            .array(
              z
                .string()
                .regex(
                  /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/,
                  'must be a DNS name, *. in front allowed',
                ),
            )
            .min(1)
            .describe('Host names that callers outside use.'),
          port: z
            .string()
            .optional()
            .describe('Name of the port that they reach. Default: the first http port.'),
        }),
      )
      .default([])
      .describe('Istio Gateways through which callers from outside reach the service, on the same routes.'),
    rules: z.array(rule).default([]).describe('Rules that the host already has, first match wins.'),
  })
  .describe('A migration: one service on its way from a virtual machine to Kubernetes.');

/** `mesh.yaml`: facts of one Istio installation. */
export const meshSchema = z
  .strictObject({
    istio: z.string().describe('Version of Istio: 1.15, or 1.15.3.'),
    network: z.string().min(1).default('network1').describe("The pods' network: istiod's global.network."),
    trustDomain: dnsName.default('cluster.local').describe('Trust domain of the mesh.'),
    clusterDomain: dnsName.default('cluster.local').describe('DNS domain of the cluster.'),
    namespace: dnsLabel.default('istio-system').describe('Namespace of istiod.'),
    revision: dnsLabel.optional().describe('Revision of istiod. Default: unrevisioned.'),
    expansionGateway: z
      .strictObject({
        service: dnsLabel
          .default('istio-eastwestgateway')
          .describe('Name of its Service in the namespace of istiod.'),
        render: z
          .boolean()
          .default(false)
          .describe('Render the gateway itself: Deployment, Service, Gateways and the route to istiod.'),
      })
      .prefault({})
      .describe('Mesh-expansion (east-west) gateway: the way in for VMs that reach no pod IPs.'),
  })
  .describe('A mesh: facts of one Istio installation.');

/** A migration as the user may write it. */
export type MigrationInput = z.input<typeof migrationSchema>;
/** A migration as declared, with the defaults of single fields filled in. */
export type MigrationDeclaration = z.output<typeof migrationSchema>;
/** A mesh as the user may write it. */
export type MeshInput = z.input<typeof meshSchema>;
/** A mesh with its defaults filled in. */
export type Mesh = Readonly<z.output<typeof meshSchema>>;
/** A rule of the host, in Istio's terms. */
export type Rule = Readonly<z.output<typeof rule>>;
/** A health probe, in Kubernetes' terms. */
export type Probe = Readonly<z.output<typeof probe>>;
/** The Kubernetes side as declared. */
export type KubernetesDeclaration = Readonly<z.output<typeof kubernetes>>;
/** The VM's side as declared. */
export type VmDeclaration = Readonly<z.output<typeof vm>>;
