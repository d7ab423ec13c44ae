/** How a VirtualService routes a port: by `http` routes or by `tcp` routes. */
export type Routing = 'http' | 'tcp';

/**
 * Protocols that Istio reads from the first word of a port's name (`http`, `grpc-web`, `tcp-orders`, …), and the
 * kind of VirtualService route that carries each. UDP is missing on purpose: no VirtualService can route it. So are
 * https and tls: Istio passes over `tcp` routes on ports of that name, and a `tls` route would need the names in the
 * handshake; as `tcp-https` the same bytes can be split.
 *
 * @see https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
 */
export const PROTOCOLS: Readonly<Record<string, Routing>> = {
  http: 'http',
  http2: 'http',
  grpc: 'http',
  'grpc-web': 'http',
  tcp: 'tcp',
  mongo: 'tcp',
  mysql: 'tcp',
  redis: 'tcp',
};

/** The protocol that a port's name declares, or undefined where it declares none that can be routed. */
export function protocolOf(portName: string): string | undefined {
  const words = portName.split('-');
  if (words[0] === 'grpc' && words[1] === 'web') return 'grpc-web';
  const first = words[0] ?? '';
  return Object.hasOwn(PROTOCOLS, first) ? first : undefined;
}

/** One port of the service, on each of its sides. */
export interface Port {
  /** Name of the port on the Service, in the WorkloadGroup and on the container; its first word is the protocol. */
  readonly name: string;
  /** Protocol by Istio's name for it. */
  readonly protocol: string;
  /** Kind of VirtualService route that carries it. */
  readonly routing: Routing;
  /** Number that clients call, 1 to 65535. */
  readonly service: number;
  /** Number that the process on the VM listens on. */
  readonly vm: number;
  /** Number that the container listens on. */
  readonly kubernetes: number;
}
