/** Kinds of objects that a migration is routed by: Istio's own, or those of the Gateway API. */
export const ROUTING_OUTPUTS = ['istio', 'gateway-api'] as const;

/**
 * The way from one to the other, in the middle of a migration: neighbours differ so little that objects can arrive in
 * any order, forward and back, as with phases.
 */
export const ROUTING_STEPS = ['istio', 'services', 'both', 'routes', 'gateway-api'] as const;

/** What a migration is routed by: one of the two, or a step between them. */
export type RoutingOutput = (typeof ROUTING_STEPS)[number];

/** What a migration is routed by: its own choice, else that of its mesh, else Istio's own kinds. */
export function routingOf(
  migration: { readonly routing?: RoutingOutput | undefined },
  mesh?: { readonly routing?: RoutingOutput | undefined },
): RoutingOutput {
  return migration.routing ?? mesh?.routing ?? 'istio';
}

/** Which objects a way of routing has. */
export interface RoutingObjects {
  /** Whether the DestinationRule of the Service names both sides as subsets. */
  readonly subsets: boolean;
  readonly virtualService: boolean;
  /** A Service for each side. */
  readonly services: boolean;
  /** An HTTPRoute, GRPCRoute or TCPRoute for each port. */
  readonly routes: boolean;
}

const OBJECTS: Readonly<Record<RoutingOutput, RoutingObjects>> = {
  istio: { subsets: true, virtualService: true, services: false, routes: false },
  services: { subsets: true, virtualService: true, services: true, routes: false },
  both: { subsets: true, virtualService: true, services: true, routes: true },
  routes: { subsets: true, virtualService: false, services: true, routes: true },
  'gateway-api': { subsets: false, virtualService: false, services: true, routes: true },
};

/** Which objects a migration is routed by. */
export function routingObjectsOf(output: RoutingOutput): RoutingObjects {
  return OBJECTS[output];
}
