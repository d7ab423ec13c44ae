import type { Port } from '../../config/port';
import type { IstioObjectProps } from '../istio-object-props';

/** What a route is attached to. */
export interface RouteParent {
  readonly kind: 'Service' | 'ServiceEntry' | 'Gateway';
  readonly name: string;
  /**
   * Namespace of the parent.
   *
   * @default - the namespace of the route
   */
  readonly namespace?: string;
}

/** A Service that a route leads to, and what it gets of every request. */
export interface RouteBackend {
  /** Name of the Service, in the namespace of the route. */
  readonly service: string;
  /** Share in percent, a whole number from 0 to 100. */
  readonly weight: number;
}

/** What every route of the Gateway API takes. */
export interface RouteProps extends IstioObjectProps {
  /** What it is attached to: the Service that callers use, its further names, or a Gateway. */
  readonly parents: readonly RouteParent[];
  /** The port of the Service that it is for. */
  readonly port: Port;
  /** Where it leads. */
  readonly backends: readonly RouteBackend[];
}

const GROUPS: Readonly<Record<RouteParent['kind'], string>> = {
  Service: '',
  ServiceEntry: 'networking.istio.io',
  Gateway: 'gateway.networking.k8s.io',
};

/**
 * References to the parents. What the API server would fill in is written out, so that a comparison with the cluster
 * finds no difference. A Gateway's listeners have ports of their own, so that only hosts in the mesh are told by port.
 */
export function parentRefs({ parents, port }: Pick<RouteProps, 'parents' | 'port'>) {
  return parents.map(({ kind, name, namespace }) => ({
    group: GROUPS[kind],
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    ...(kind !== 'Gateway' && { port: port.service }),
  }));
}

/** References to the Services that a route leads to, written out in the same way. */
export function backendRefs({ backends, port }: Pick<RouteProps, 'backends' | 'port'>) {
  return backends.map(({ service, weight }) => ({
    group: '',
    kind: 'Service',
    name: service,
    port: port.service,
    weight,
  }));
}

/** @throws Error with what of the rules the API cannot say; config/ finds it earlier, and says where */
export function refuse(kind: string, name: string, refusals: readonly { readonly message: string }[]): void {
  const [first] = refusals;
  if (first) throw new Error(`${kind} ${name} cannot hold a rule: it ${first.message}`);
}
