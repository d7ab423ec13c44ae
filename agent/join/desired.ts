import type { CompleteConfig } from '../config';
import { Failure } from '../failure';
import { clusterEnvFile } from './cluster-env';
import type { MachineFacts } from './machine-facts';
import type { MeshFacts } from './mesh-facts';
import { quickProbe } from './quick-probe';
import { istiodHost, meshFile, sidecarConfig } from './sidecar-config';

/** The files that the machine should have, except for tokens. */
export interface Desired {
  readonly meshFile: string;
  readonly clusterEnvFile: string;
  readonly clusterEnv: Readonly<Record<string, string>>;
  readonly rootCert: string;
  readonly istiodHost: string;
  readonly istiodAddress: string;
  readonly serviceAccount: string;
}

const SSH = 22;

/**
 * What `istioctl x workload entry configure` would write, with five additions: a probe period if the group has none, a
 * cluster name if the mesh has none, ports and the addresses of the API server that Istio does not capture, and a
 * resolved line for the hosts file.
 *
 * @throws Failure `kept-port` if the group declares a port that Istio must not capture, such as ssh's
 */
export function desired(facts: MeshFacts, config: CompleteConfig, machine: MachineFacts): Desired {
  const { group } = facts;
  const kept = [SSH, ...config.keepPorts];
  for (const [name, port] of Object.entries(group.spec.template?.ports ?? {})) {
    if (!kept.includes(port)) continue;
    throw new Failure(
      'kept-port',
      `WorkloadGroup ${group.metadata.namespace}/${group.metadata.name} declares port ${port} (${name}), which ${port === SSH ? 'is ssh and' : ''} must not be captured`.replace(
        '  ',
        ' ',
      ),
      'declare another port in the migration, or stop keeping it: meshferry-agent set keep-ports …',
    );
  }
  const probe = quickProbe(group.spec.probe);
  const sidecar = sidecarConfig({
    group: { ...group, spec: { ...group.spec, ...(probe && { probe }) } },
    proxyConfigs: facts.proxyConfigs,
    mesh: facts.mesh,
    clusterName: facts.injector.clusterName,
    istioNamespace: config.mesh.namespace,
    ...(config.mesh.revision && { revision: config.mesh.revision }),
    // istiod gives pods this name if none is configured; with an empty one the machine would belong to another cluster.
    defaultClusterId: 'Kubernetes',
    nodeIp: machine.nodeIp,
    external: machine.external,
    dnsCapture: config.dnsCapture,
  });
  const env = sidecar.clusterEnv;
  const clusterEnv = {
    ...env,
    ISTIO_LOCAL_EXCLUDE_PORTS: unique([
      ...(env.ISTIO_LOCAL_EXCLUDE_PORTS ?? '').split(','),
      ...kept.map(String),
    ]),
    ISTIO_SERVICE_EXCLUDE_CIDR: unique([
      ...(env.ISTIO_SERVICE_EXCLUDE_CIDR ?? '').split(','),
      ...machine.apiServerAddresses.map((ip) => `${ip}/${ip.includes(':') ? 128 : 32}`),
    ]),
  };
  return {
    meshFile: meshFile(sidecar.proxyConfig),
    clusterEnvFile: clusterEnvFile(clusterEnv),
    clusterEnv,
    rootCert: facts.rootCert,
    istiodHost: istiodHost({
      istioNamespace: config.mesh.namespace,
      ...(config.mesh.revision && { revision: config.mesh.revision }),
    }),
    istiodAddress: facts.istiodAddress,
    serviceAccount: group.spec.template?.serviceAccount || 'default',
  };
}

function unique(items: readonly string[]): string {
  return [...new Set(items.filter(Boolean))].join(',');
}
