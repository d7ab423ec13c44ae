/**
 * Addresses inside a local lab. Every lab has a network namespace of its own, so two labs use the same ones.
 * The node's and the load balancers' are on an interface that is there from the first second: nothing waits
 * for a bridge that only comes with the first container.
 */
export const ADDRESSES = {
  node: '10.87.0.1',
  /** Load balancers get addresses of this /24; the gateways' are fixed. */
  loadBalancerPrefix: '10.87.1',
  ingressGateway: '10.87.1.1',
  eastWestGateway: '10.87.1.2',
  pods: '10.89.0.0/16',
  services: '10.96.0.0/16',
  kubernetesService: '10.96.0.1',
  dns: '10.96.0.10',
} as const;

/** A network that VMs can be put on, by `docker run --network NAME`. */
export interface VmNetwork {
  readonly name: string;
  readonly bridge: string;
  readonly subnet: string;
  readonly gateway: string;
  /** Whether new connections to pods and Services are dropped, so that only load balancers are reached. */
  readonly isolated: boolean;
}

/** The networks that VMs can be put on. */
export const VM_NETWORKS: readonly VmNetwork[] = [
  { name: 'kind', bridge: 'br-kind', subnet: '10.90.0.0/24', gateway: '10.90.0.1', isolated: false },
  { name: 'isolated', bridge: 'br-isolated', subnet: '10.91.0.0/24', gateway: '10.91.0.1', isolated: true },
];
