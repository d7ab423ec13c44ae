/** Kinds of objects that a migration is routed by: Istio's own, or those of the Gateway API. */
export const ROUTING_OUTPUTS = ['istio', 'gateway-api'] as const;

/** What a mesh's migrations are routed by, unless they say otherwise. */
export type RoutingOutput = (typeof ROUTING_OUTPUTS)[number];

/** What a migration is routed by: its own choice, else that of its mesh, else Istio's own kinds. */
export function routingOf(
  migration: { readonly routing?: RoutingOutput | undefined },
  mesh?: { readonly routing?: RoutingOutput | undefined },
): RoutingOutput {
  return migration.routing ?? mesh?.routing ?? 'istio';
}
