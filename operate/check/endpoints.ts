import type { Side } from '../../config';
import type { LiveObject } from '../gate/cluster';
import { type EnvoyEndpoint, entriesOf, type Facts, hostOf, podsOf, versionOf } from './facts';

/** An address that answers for a side, as the cluster declares it. */
export interface Endpoint {
  /** The WorkloadEntry or the Pod. */
  readonly object: LiveObject;
  /** `10.0.0.5:8080`. */
  readonly address: string;
}

const GATEWAY_PORT = 15443;

/** Endpoints of a side, by its first port. */
export function endpointsOf(facts: Facts, side: Side): readonly Endpoint[] {
  const [port] = facts.loaded.migration.ports;
  if (!port) return [];
  if (side === 'vm')
    return entriesOf(facts).map((object) => {
      const { address = '', ports = {} } = (object.spec ?? {}) as {
        readonly address?: string;
        readonly ports?: Readonly<Record<string, number>>;
      };
      return { object, address: `${bracketed(address)}:${ports[port.name] ?? port.vm}` };
    });
  return podsOf(facts).flatMap((object) => {
    const address = object.status?.podIP;
    return typeof address === 'string' ? { object, address: `${bracketed(address)}:${port.kubernetes}` } : [];
  });
}

/** Whether callers reach the VM through the expansion gateway: it is on a network of its own. */
export function isBehindGateway({ loaded: { migration, mesh } }: Pick<Facts, 'loaded'>): boolean {
  return migration.vm.network !== undefined && migration.vm.network !== mesh.network;
}

/** Address of the expansion gateway, as its Service has it. */
export function gatewayAddress(service: LiveObject | undefined): string | undefined {
  const { ingress = [] } = (service?.status?.loadBalancer ?? {}) as {
    readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
  };
  const [first] = ingress;
  const address = first?.ip ?? first?.hostname;
  return address === undefined ? undefined : `${bracketed(address)}:${GATEWAY_PORT}`;
}

/** What the caller's Envoy holds for a side's first port: of its subset, else of the host as a whole. */
export function heldEndpoints(facts: Facts, side: Side): readonly EnvoyEndpoint[] | undefined {
  const { envoy, loaded, phase } = facts;
  const port = loaded.migration.ports[0]?.service;
  if (typeof envoy === 'string') return undefined;
  const subset = phase.subsets.includes(side) ? versionOf(loaded, side) : '';
  const cluster = `outbound|${port}|${subset}|${hostOf(loaded)}`;
  // Newer versions of Istio end the name by a semicolon.
  return envoy.clusters.get(cluster) ?? envoy.clusters.get(`${cluster};`);
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
