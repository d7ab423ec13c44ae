import { wildcardDomainProblem } from './names';
import { isAddress } from './values';

/** What a VirtualService is for, as far as it decides which hosts it may have. */
export interface Binding {
  readonly hosts: readonly string[];
  /** Whether it is bound to gateways, and not to the sidecars. */
  readonly gatewayOnly: boolean;
  /** Whether one of its TLS routes looks at server names. */
  readonly sni: boolean;
}

/** Why a VirtualService cannot have a host, undefined where it can. */
export function hostProblem(host: string, { gatewayOnly, sni }: Binding): string | undefined {
  const problem = gatewayOnly ? gatewayHostProblem(host, sni) : wildcardDomainProblem(host);
  if (problem) return isAddress(host) ? undefined : problem;
  return host === '*' && !gatewayOnly ? 'stands for every host, which only gateways can have' : undefined;
}

/** Why a host cannot be routed at a gateway. Beside domains it has names that Istio makes of a host and a port. */
export function gatewayHostProblem(host: string, sni: boolean): string | undefined {
  if (!sni || !host.startsWith('outbound_')) return wildcardDomainProblem(host);
  const [, port = '', , name = ''] = host.split('_');
  if (host.length > 255) return 'is longer than 255 characters';
  return /\d/.test(port) && /[a-zA-Z]/.test(name) ? undefined : 'is not outbound_.<port>_._.<host>';
}
