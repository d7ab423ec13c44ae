import { ExecaError, execa } from 'execa';
import type { LoadedMigration } from '../../config';
import { routingOf } from '../../config/routing-output';

/** A Kubernetes object as the API server gives it. */
export interface LiveObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly time?: string; readonly subresource?: string }[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** What is seen of a cluster: the objects of some namespaces, or why nothing is. */
export type ClusterView = { readonly objects: readonly LiveObject[] } | { readonly unseen: string };

const KINDS = [
  'virtualservices.networking.istio.io',
  'destinationrules.networking.istio.io',
  'workloadentries.networking.istio.io',
  'deployments.apps',
];

/** Kinds of routes of the Gateway API. */
export const GATEWAY_ROUTES: readonly string[] = ['HTTPRoute', 'GRPCRoute', 'TCPRoute'];

/**
 * Kinds of the Gateway API that migrations use, and the Services that they lead to. A cluster may lack their CRDs, and
 * kubectl reads nothing at all where one is missing: only what is in use is asked for.
 */
export function gatewayKinds(
  migrations: readonly Pick<LoadedMigration, 'migration' | 'mesh'>[],
): readonly string[] {
  const own = migrations.filter(({ migration, mesh }) => routingOf(migration, mesh) !== 'istio');
  if (own.length === 0) return [];
  const ports = own.flatMap(({ migration }) => migration.ports);
  return [
    'services',
    ...(ports.some(({ routing, protocol }) => routing === 'http' && protocol !== 'grpc')
      ? ['httproutes.gateway.networking.k8s.io']
      : []),
    ...(ports.some(({ protocol }) => protocol === 'grpc') ? ['grpcroutes.gateway.networking.k8s.io'] : []),
    ...(ports.some(({ routing }) => routing === 'tcp') ? ['tcproutes.gateway.networking.k8s.io'] : []),
  ];
}

const MOST_CALLS = 5;

/**
 * Reads what gates and status need, by kubectl with its own kubeconfig. Never throws: that a cluster cannot be seen is an
 * answer too.
 *
 * @param migrations whose namespaces and kinds are read
 * @param context of the kubeconfig. @default the current one
 */
export async function readCluster(
  migrations: readonly Pick<LoadedMigration, 'migration' | 'mesh'>[],
  context?: string,
): Promise<ClusterView> {
  const kinds = [...KINDS, ...gatewayKinds(migrations)];
  const all: LiveObject[] = [];
  const each = [...new Set(migrations.map(({ migration }) => migration.namespace))];
  // A few namespaces one by one, since not everybody may list all; those of a fleet in one call.
  for (const where of each.length > MOST_CALLS
    ? [['--all-namespaces']]
    : each.map((name) => ['--namespace', name])) {
    const seen = await kubectl<{ readonly items: readonly LiveObject[] }>([
      ...(context ? ['--context', context] : []),
      ...['get', kinds.join(','), ...where, '--output', 'json'],
      ...['--show-managed-fields', '--request-timeout', '10s'],
    ]);
    if ('unseen' in seen) return seen;
    all.push(...seen.value.items);
  }
  return { objects: all };
}

/** What kubectl prints as JSON, or why it does not. */
export async function kubectl<T>(
  args: readonly string[],
): Promise<{ readonly value: T } | { readonly unseen: string }> {
  try {
    const { stdout } = await execa('kubectl', args, { timeout: 30_000, maxBuffer: 1 << 28 });
    return { value: JSON.parse(stdout) as T };
  } catch (error) {
    if (!(error instanceof ExecaError))
      return { unseen: `kubectl printed no JSON: ${(error as Error).message}` };
    if (error.code === 'ENOENT') return { unseen: 'kubectl is not on the PATH' };
    const said = String(error.stderr ?? '')
      .trim()
      .split('\n')
      .at(-1);
    return { unseen: `kubectl says: ${said || error.shortMessage}` };
  }
}

/** How a VM's WorkloadEntries look. */
export interface VmHealth {
  readonly is: 'serving' | 'absent' | 'unseen';
  /** Entries that clients have as endpoints. */
  readonly serving: number;
  /** What was seen, in a few words. */
  readonly detail: string;
}

/**
 * Whether clients have the VM as an endpoint. A registered entry may not be one: an entry that is health-checked and has
 * no `Healthy` condition yet gets no traffic, nor does one whose machine has left.
 */
export function vmHealth(view: ClusterView, { migration }: LoadedMigration): VmHealth {
  if ('unseen' in view) return { is: 'unseen', serving: 0, detail: view.unseen };
  const { group, labels } = migration.vm;
  const entries = view.objects.filter(
    ({ kind, metadata, spec }) =>
      kind === 'WorkloadEntry' &&
      metadata.namespace === migration.namespace &&
      (metadata.annotations?.['istio.io/autoRegistrationGroup'] === group || carries(spec?.labels, labels)),
  );
  if (entries.length === 0)
    return { is: 'absent', serving: 0, detail: `WorkloadGroup ${group} has no WorkloadEntry` };
  const faults = entries.flatMap((entry) => faultOf(entry) ?? []);
  const serving = entries.length - faults.length;
  if (serving === 0) return { is: 'absent', serving, detail: faults.join(', ') };
  return { is: 'serving', serving, detail: `${serving} of ${entries.length} WorkloadEntries serve` };
}

/** Why clients do not have an entry as an endpoint; undefined: nothing speaks against it. */
export function faultOf({ metadata: { name, annotations = {} }, status }: LiveObject): string | undefined {
  const connected = annotations['istio.io/connectedAt'] ?? '';
  const left = annotations['istio.io/disconnectedAt'];
  if (left !== undefined && left > connected) return `${name} left at ${left}`;
  const conditions = (status?.conditions ?? []) as readonly {
    type?: string;
    status?: string;
    message?: string;
  }[];
  const healthy = conditions.find(({ type }) => type === 'Healthy');
  if (healthy)
    return healthy.status === 'True'
      ? undefined
      : `${name} is not Healthy${healthy.message ? `: ${healthy.message}` : ''}`;
  return annotations['proxy.istio.io/health-checks-enabled'] === 'true'
    ? `${name} has no Healthy condition yet`
    : undefined;
}

function carries(labels: unknown, wanted: Readonly<Record<string, string>>): boolean {
  const there = (labels ?? {}) as Readonly<Record<string, string>>;
  return Object.entries(wanted).every(([key, value]) => there[key] === value);
}
