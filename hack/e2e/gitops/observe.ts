import { eventually, type Lab } from '../lab';
import { NAMESPACE, type Rendered } from '../migration';
import type { Project } from './project';

const HOST = `analytics.${NAMESPACE}.svc.cluster.local`;

interface RouteDump {
  readonly configs?: readonly {
    readonly route_config?: {
      readonly name?: string;
      readonly virtual_hosts?: readonly {
        readonly domains: readonly string[];
        readonly routes?: readonly { readonly route?: Action }[];
      }[];
    };
  }[];
}

interface Action {
  readonly cluster?: string;
  readonly weighted_clusters?: {
    readonly clusters: readonly { readonly name: string; readonly weight?: number }[];
  };
}

/** Weights by side that the client's Envoy goes by on the http port; the side is '' where it splits nothing. */
export async function envoyWeights(lab: Lab): Promise<Readonly<Record<string, number>>> {
  const text = await lab.kubectl(
    ...['exec', 'client', '-c', 'istio-proxy', '-n', NAMESPACE, '--', 'pilot-agent', 'request'],
    ...['GET', 'config_dump?resource=dynamic_route_configs'],
  );
  const { configs = [] } = JSON.parse(text) as RouteDump;
  const config = configs.find(({ route_config }) => route_config?.name === '8080')?.route_config;
  const host = config?.virtual_hosts?.find(({ domains }) => domains.includes(HOST));
  // The last one is for what no rule takes, and for callers who have no side yet.
  const action = host?.routes?.findLast(({ route }) => route !== undefined)?.route;
  const clusters =
    action?.weighted_clusters?.clusters ?? (action?.cluster ? [{ name: action.cluster, weight: 100 }] : []);
  return Object.fromEntries(clusters.map(({ name, weight = 0 }) => [sideOf(name), weight]));
}

/** The side that a cluster is of: a subset of the Service, or a Service of its own named after the side. */
function sideOf(cluster: string): string {
  const [, , subset = '', host = ''] = cluster.split('|');
  return subset || (/^analytics-(v\d)\./.exec(host)?.[1] ?? '');
}

/** Waits until the client's Envoy goes by these weights, and tells how many seconds it took. */
export function untilWeights(
  lab: Lab,
  wanted: { readonly vm: number; readonly kubernetes: number },
  seconds = 60,
): Promise<number> {
  return eventually(`the client's Envoy splits ${wanted.vm}/${wanted.kubernetes}`, seconds, async () => {
    const { v0 = 0, v1 = 0 } = await envoyWeights(lab);
    return v0 === wanted.vm && v1 === wanted.kubernetes;
  });
}

const KINDS = [
  'workloadgroups.networking.istio.io',
  'peerauthentications.security.istio.io',
  'serviceaccounts',
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'services',
  'deployments.apps',
  'destinationrules.networking.istio.io',
  'virtualservices.networking.istio.io',
  'serviceentries.networking.istio.io',
  'configmaps',
];

const nameOf = ({ kind, metadata }: Rendered) => `${kind} ${metadata.namespace}/${metadata.name}`;

/** Everything that a layer could hold, by name: of the service's namespace all, of istiod's what is ours. */
export async function liveObjects(lab: Lab): Promise<Set<string>> {
  const own = await lab.list<Rendered>(KINDS.join(','), NAMESPACE);
  const selected = [
    'get',
    'roles,rolebindings',
    '-n',
    'istio-system',
    '-l',
    'app.kubernetes.io/part-of=analytics',
  ];
  const access: { items: Rendered[] } = JSON.parse(await lab.kubectl(...selected, '-o', 'json'));
  return new Set([...own, ...access.items].map(nameOf));
}

/**
 * Waits until the namespace holds what is rendered and what was there before, and nothing else.
 *
 * @param before what was there before the migration
 */
export async function untilExact(
  lab: Lab,
  project: Project,
  before: ReadonlySet<string>,
  seconds = 60,
): Promise<number> {
  const rendered = project.objects().map(nameOf);
  const wanted = new Set([...before, ...rendered]);
  let difference = '';
  try {
    return await eventually('the cluster holds what is rendered', seconds, async () => {
      const live = await liveObjects(lab);
      const missing = [...wanted].filter((name) => !live.has(name));
      const extra = [...live].filter((name) => !wanted.has(name));
      difference = [
        ...missing.map((name) => `${name} is missing`),
        ...extra.map((name) => `${name} is left`),
      ].join(', ');
      return difference === '';
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${difference}`);
  }
}
