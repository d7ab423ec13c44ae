import { isIP } from 'node:net';
import * as z from 'zod';
import { PROTOCOLS } from '../port';
import { ROUTING_OUTPUTS, ROUTING_STEPS } from '../routing-output';
import { agentDownloadSchema } from './agent-download';
import { gateSchema } from './gate';
import { gitopsSchema } from './gitops';
import { trafficPolicy } from './istio';
import { kubernetes } from './kubernetes';
import { kubernetesField } from './kubernetes-field';
import { observabilitySchema } from './observability';
import { type probe, probeOrNone } from './probe';
import { rule } from './rule';
import { annotations, dnsLabel, dnsName, labels, labelValue, percent, ports } from './scalars';
import { sticky } from './sticky';
import { vmAnnotations } from './vm-annotations';

/**
 * What a user writes: `migrations/<name>.yaml` and `mesh.yaml`. Every field says what it means and what it
 * defaults to; the JSON Schema for editors and the reference in docs/ are generated from here. Checks that span
 * several fields are in checks/; values derived from other fields are filled in by resolve.ts.
 */

const IP_RULE = 'must be an IP address such as 10.0.0.5';

const machine = z
  .strictObject({
    name: dnsLabel.describe('Name of the machine. Its account is <group>-agent.<name>.'),
    address: z
      .string()
      .regex(/^[0-9a-fA-F.:]+$/, { error: IP_RULE, abort: true })
      .refine((text) => isIP(text) !== 0, IP_RULE)
      .optional()
      .describe(
        'Address that the mesh knows it by: its agent may then read its own WorkloadEntry alone. Default: not known, and it may read each whose name it knows.',
      ),
  })
  .describe('A machine with an account of its own.');

const vm = z
  .strictObject({
    version: labelValue
      .default('v0')
      .describe("The VM's `version` label; the DestinationRule's subset is named after it."),
    group: dnsName.optional().describe('Name of the WorkloadGroup. Default: <app>-<version>.'),
    serviceAccount: dnsName
      .default('default')
      .describe("Service account that the VM's workload identity is issued for."),
    machines: z
      .array(machine)
      .default([])
      .describe(
        'Machines of the group, each with an account of its own for its agent, so that one can be revoked and the others stay. Default: none; all machines of the group share the account <group>-agent.',
      ),
    network: labelValue
      .min(1, 'must not be empty')
      .optional()
      .describe(
        "Network of the VM. Another one than the mesh's: pods and VM reach each other through the expansion gateway. Default: the mesh's network.",
      ),
    ports: ports
      .optional()
      .describe(
        'Numbers that the process on the VM listens on, by port name, where they differ. Default: those of `ports`.',
      ),
    probe: probeOrNone
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
    annotations: vmAnnotations
      .default({})
      .describe(
        'Annotations of the WorkloadGroup, e.g. proxy.istio.io/config, whose proxyMetadata may hold settings of pilot-agent alone (docs/explanation/security.md).',
      ),
    trafficPolicy: trafficPolicy
      .optional()
      .describe(
        "TrafficPolicy of the VM's subset, in Istio's own words. As in Istio, each part that is set here replaces the one of the host. Default: the host's.",
      ),
    locality: z
      .string()
      .regex(/^[^/]+(\/[^/]+){0,2}$/, 'must be region, region/zone or region/zone/subzone')
      .optional()
      .describe('Locality of the VM: region/zone/subzone. Default: none.'),
  })
  .describe('The side that serves today: a virtual machine, declared to Istio as a WorkloadGroup.');

const service = z
  .strictObject({
    name: dnsLabel.optional().describe('Name of the Service that clients call. Default: <app>.'),
    existing: z
      .boolean()
      .optional()
      .describe('The Service exists and is left alone. Default: true where pods serve already, else false.'),
    annotations: annotations.default({}).describe('Annotations of the Service.'),
    spec: kubernetesField('ServiceSpec')
      .optional()
      .describe(
        "What else the Service has, such as `type` or `sessionAffinity`, in Kubernetes' own words: a ServiceSpec that is merged over the derived one, ports by their numbers. Default: none.",
      ),
  })
  .describe('The Kubernetes Service that clients call.');

const gateway = z.strictObject({
  name: z
    .string()
    .regex(
      /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
      'must be <name> or <namespace>/<name> of a Gateway',
    )
    .describe(
      "The Gateway: <name> in the service's namespace, or <namespace>/<name>. One of Istio's, or with routing: gateway-api one of the Gateway API.",
    ),
  hosts: z
    .array(
      z
        .string()
        .regex(
          /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/,
          'must be a DNS name such as analytics.example.com or *.example.com',
        ),
    )
    .min(1, 'must hold a host name')
    .describe('Host names that callers outside use.'),
  port: z.string().optional().describe('Name of the port that they reach. Default: the first http port.'),
});

const shift = z
  .strictObject({
    steps: z
      .array(percent)
      .optional()
      .describe(
        'Share of Kubernetes in percent, step by step. Default: 10, 25, 50, 75, 100 for a temporary migration; 10, 25, 50 for a split. Where pods serve already: 90, 100; 90, 75, 50 for a split; 90, 75, 50, 25, 0 for standby.',
      ),
    sticky: sticky
      .optional()
      .describe(
        'Keeps a caller on the side that answered it first (docs/explanation/sticky-sessions.md). Default: none; each request draws a side.',
      ),
  })
  .describe('How traffic moves.');

/** `migrations/<name>.yaml`: one service on its way from a VM to Kubernetes. */
export const migrationSchema = z
  .strictObject({
    name: dnsLabel
      .optional()
      .describe('Name of the migration, and of its folder in dist/. Default: the name of the file.'),
    namespace: dnsLabel.describe('Namespace of the service.'),
    app: labelValue
      .min(1, 'must not be empty')
      .optional()
      .describe(
        'The `app` label that both sides carry and the Service selects. Default: the name of the migration.',
      ),
    phase: z
      .string()
      .describe('The current phase; the first of most plans is onboard. `meshferry plan` lists them.'),
    mode: z
      .enum(['temporary', 'long-term'])
      .default('temporary')
      .describe('temporary: ends with the VM gone. long-term: the VM stays.'),
    ends: z
      .enum(['onboard', 'split', 'standby'])
      .optional()
      .describe(
        'What a long-term migration ends in. onboard: the VM alone. split: fixed weights, those of the last step. standby: the VM serves, pods take over when it dies. Default: none; a long-term migration needs it.',
      ),
    routing: z
      .enum(ROUTING_STEPS)
      .optional()
      .describe(
        "istio: a VirtualService, and a DestinationRule's subsets. gateway-api: an HTTPRoute, GRPCRoute or TCPRoute for each port, and a Service for each side (docs/reference/gateway-api.md). services, both, routes: the steps between them, to move in the middle of a migration. Default: that of mesh.yaml.",
      ),
    ports: ports.describe(
      `Ports of the service: name to number. The first word of a name is its protocol (${Object.keys(PROTOCOLS).join(', ')}).`,
    ),
    service: service.prefault({}),
    vm: vm.prefault({}),
    kubernetes: kubernetes
      .optional()
      .describe(
        'The side that takes over: a Deployment or a StatefulSet. Default: none; only `ends: onboard` does without.',
      ),
    shift: shift.prefault({}),
    aliases: z
      .array(dnsName)
      .default([])
      .describe('DNS names that clients in the mesh use for the VM today; they follow the same weights.'),
    gateways: z
      .array(gateway)
      .default([])
      .describe('Gateways through which callers from outside reach the service, on the same routes.'),
    trafficPolicy: trafficPolicy
      .optional()
      .describe(
        "TrafficPolicy of the host, in Istio's own words. What it leaves out of connectionPool and outlierDetection is filled in: connectTimeout 1500ms; consecutiveGatewayErrors 3, consecutive5xxErrors 0, interval 1s, baseEjectionTime 30s, maxEjectionPercent 50 (100 in standby). Default: those values.",
      ),
    rules: z.array(rule).default([]).describe('http rules that the host already has; the first match wins.'),
    gate: gateSchema.prefault({}),
  })
  .describe('A migration: one service on its way from a virtual machine to Kubernetes.');

const FIRST_WITH_AUTO_REGISTRATION = 10;

const istioVersion = z
  .string({
    error: ({ input }) =>
      typeof input === 'number'
        ? `${input} must be in quotes, e.g. "1.15": without them YAML reads 1.20 as the number 1.2`
        : undefined,
  })
  .regex(/^1\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?$/, {
    error: 'must be a version of Istio, such as 1.15 or 1.15.3',
    abort: true,
  })
  .refine(
    (version) => Number(version.split('.')[1]) >= FIRST_WITH_AUTO_REGISTRATION,
    'must be 1.10 or later: before, the auto-registration of VMs is not on by default, and a VM never joins',
  );

const kubernetesVersion = z
  .string({
    error: ({ input }) =>
      typeof input === 'number'
        ? `${input} must be in quotes, e.g. "1.34": without them YAML reads 1.30 as the number 1.3`
        : undefined,
  })
  .regex(
    /^1\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?$/,
    'must be a version of Kubernetes, such as 1.34 or 1.34.2',
  );

/** `mesh.yaml`: facts of one Istio installation. */
export const meshSchema = z
  .strictObject({
    istio: istioVersion.describe('Version of Istio, in quotes: "1.15" or "1.15.3".'),
    kubernetes: kubernetesVersion
      .optional()
      .describe(
        'Version of Kubernetes, in quotes: "1.34". From "1.30" on, a ValidatingAdmissionPolicy binds the tokens that agents may ask for. Default: not known; no policy is rendered.',
      ),
    network: labelValue
      .min(1, 'must not be empty')
      .default('network1')
      .describe("The pods' network: istiod's global.network."),
    trustDomain: dnsName.default('cluster.local').describe('Trust domain of the mesh.'),
    clusterDomain: dnsName.default('cluster.local').describe('DNS domain of the cluster.'),
    namespace: dnsLabel.default('istio-system').describe('Namespace of istiod.'),
    revision: dnsLabel
      .optional()
      .describe('Revision of istiod. Default: none, an istiod without a revision.'),
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
    prometheus: z
      .url({ protocol: /^https?$/, error: 'must be an address such as http://prometheus.example:9090' })
      .optional()
      .describe(
        'Prometheus that gates and status ask; --prometheus on the command line comes first. Default: none.',
      ),
    routing: z
      .enum(ROUTING_OUTPUTS)
      .default('istio')
      .describe(
        'What migrations are routed by, unless one says otherwise: istio (VirtualService, DestinationRule) or gateway-api (HTTPRoute, GRPCRoute, TCPRoute). The latter needs Istio 1.22 or later, and for TCP ports more: docs/reference/gateway-api.md.',
      ),
    after: z
      .string()
      .min(1, 'must not be empty')
      .optional()
      .describe(
        'Environment that goes first, e.g. staging: no migration here moves past what the one of the same name has soaked there. Default: none.',
      ),
    agentDownload: agentDownloadSchema.optional(),
    gitops: gitopsSchema.optional(),
    observability: observabilitySchema.optional(),
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
/** What a DestinationRule says of a host or a subset, in Istio's terms. */
export type { TrafficPolicy } from './istio';
export type { Rule } from './rule';
/** A health probe, in Kubernetes' terms. */
export type Probe = Readonly<z.output<typeof probe>>;
/** The Kubernetes side as declared. */
export type KubernetesDeclaration = Readonly<z.output<typeof kubernetes>>;
/** The VM's side as declared. */
export type VmDeclaration = Readonly<z.output<typeof vm>>;
