import type { JsonSchema } from '../../imports/schemas';
import { type Crd, commonVersion } from './crds';
import { closedSchema } from './json-schema';

/** Parts of Istio's kinds that a migration file holds as they are, with the prose that editors show. */
export interface RoutingSchemas {
  readonly source: string;
  /** What a DestinationRule says of a host, or of one of its subsets. */
  readonly trafficPolicy: JsonSchema;
  /** One http route of a VirtualService. */
  readonly httpRoute: JsonSchema;
}

/** Those parts, from the CRDs of their kinds. */
export function routingSchemas(crds: readonly Crd[], source: string): RoutingSchemas {
  const spec = (kind: string, field: string) => {
    const crd = crds.find((one) => one.spec.names.kind === kind);
    const { openAPIV3Schema } = crd ? commonVersion(crd).schema : { openAPIV3Schema: {} };
    const part = dig(openAPIV3Schema, ['properties', 'spec', 'properties', field]);
    if (!part) throw new Error(`the CRD of ${kind} has no spec.${field}`);
    return closedSchema(part, ['description']);
  };
  return {
    source,
    trafficPolicy: spec('DestinationRule', 'trafficPolicy'),
    httpRoute: spec('VirtualService', 'http').items as JsonSchema,
  };
}

function dig(schema: JsonSchema, path: readonly string[]): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((part, key) => part?.[key] as JsonSchema | undefined, schema);
}
