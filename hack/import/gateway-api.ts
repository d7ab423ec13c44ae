import { parse } from 'yaml';
import type { JsonSchema, KindSchema } from '../../imports/schemas';
import type { Crd } from './crds';
import type { GoModule } from './go-module';
import { closedSchema, LIST_TYPES } from './json-schema';

/** Where the CRDs of the Gateway API come from. */
export const GATEWAY_API: GoModule = {
  path: 'sigs.k8s.io/gateway-api',
  version: 'v1.6.1',
  sum: 'h1:mock6phZbI6rvZerwrVNk7hVNymQgHo+6sJ81Ia7ftY=',
};

/**
 * The folder in that module. The experimental channel has every field of the standard one, and still serves the
 * versions that Istio before 1.31 watches.
 */
export const GATEWAY_API_FOLDER = 'config/crd/experimental';

/** Kinds that are rendered, and so have types. */
export const TYPED_ROUTES = ['GRPCRoute', 'HTTPRoute', 'TCPRoute'];

/** Kinds that are checked, by the name of their file. */
const CHECKED = ['gateways', 'grpcroutes', 'httproutes', 'referencegrants', 'tcproutes'];

/**
 * The CRDs of the kinds that are checked.
 *
 * @param read returns the text of a file of the module
 */
export function readGatewayCrds(read: (file: string) => string): Crd[] {
  return CHECKED.map((name) =>
    parse(read(`${GATEWAY_API_FOLDER}/gateway.networking.k8s.io_${name}.yaml`)),
  ) as Crd[];
}

/**
 * What the checks know of a CRD's kind: an entry for each schema, since versions of one kind may differ. Defaults are
 * kept, because the API server fills them in before it evaluates the CEL rules, and some rules rely on that.
 */
export function kindsOfGatewayCrd(crd: Crd): KindSchema[] {
  const bySchema = new Map<string, string[]>();
  for (const { name, served, schema } of crd.spec.versions) {
    if (!served) continue;
    const { spec } = schema.openAPIV3Schema.properties as { spec: JsonSchema };
    const key = JSON.stringify(closedSchema(spec, [...LIST_TYPES, 'default']));
    bySchema.set(key, [...(bySchema.get(key) ?? []), name]);
  }
  return [...bySchema].map(([spec, versions]) => ({
    group: crd.spec.group,
    kind: crd.spec.names.kind,
    versions,
    schema: {
      type: 'object',
      required: ['spec'],
      properties: { spec: JSON.parse(spec), status: { type: 'object' } },
    },
  }));
}
