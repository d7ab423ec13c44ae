import { parseAllDocuments } from 'yaml';
import type { GoModule } from './go-module';

/** Where the CRDs come from. Istio keeps a field once it is released, so the newest release describes the older ones too. */
export const ISTIO_API: GoModule = {
  path: 'istio.io/api',
  version: 'v1.31.1',
  sum: 'h1:5Yb5ihcz4YQsCkciusK7DnFpBMwRB6EFWeUKH1Atuyk=',
};

/** The file in that module. */
export const CRD_FILE = 'kubernetes/customresourcedefinitions.gen.yaml';

/** Kinds that are rendered or read, and nothing else: every Istio CRD would be 39,000 lines of TypeScript. */
export const KINDS = [
  'DestinationRule',
  'Gateway',
  'PeerAuthentication',
  'ServiceEntry',
  'VirtualService',
  'WorkloadEntry',
  'WorkloadGroup',
];

export type JsonSchema = { [key: string]: unknown };

interface CrdVersion {
  name: string;
  served: boolean;
  schema: { openAPIV3Schema: JsonSchema };
  [key: string]: unknown;
}

export interface Crd {
  spec: { group: string; names: { kind: string }; versions: CrdVersion[] };
  [key: string]: unknown;
}

/** The CRDs of the kinds in use. */
export function readCrds(text: string): Crd[] {
  const crds = parseAllDocuments(text).map((document) => document.toJS() as Crd | null);
  const kept = crds.filter((crd): crd is Crd => crd !== null && KINDS.includes(crd.spec.names.kind));
  const missing = KINDS.filter((kind) => !kept.some((crd) => crd.spec.names.kind === kind));
  if (missing.length > 0) throw new Error(`${CRD_FILE} has no ${missing.join(', ')}`);
  return kept.sort((a, b) => a.spec.names.kind.localeCompare(b.spec.names.kind));
}

/** The version that stands for all: their schemas are the same, which is checked here and not assumed. */
export function commonVersion(crd: Crd): CrdVersion {
  const v1 = crd.spec.versions.find((version) => version.name === 'v1');
  if (!v1) throw new Error(`${crd.spec.names.kind} has no version v1`);
  const spec = (version: CrdVersion) => JSON.stringify((version.schema.openAPIV3Schema.properties as JsonSchema).spec);
  const different = crd.spec.versions.filter((version) => spec(version) !== spec(v1)).map((version) => version.name);
  if (different.length > 0) throw new Error(`${crd.spec.names.kind}: ${different.join(', ')} differ from v1`);
  return v1;
}

/**
 * A schema without prose, and closed: the API server drops a field that it does not know without a word, so a
 * typing error would pass.
 */
export function closedSchema(schema: JsonSchema): JsonSchema {
  const result: JsonSchema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'description' || key === 'format') continue;
    if (key === 'properties') result[key] = mapValues(value as JsonSchema, closedSchema);
    else if (key === 'items' || key === 'additionalProperties') result[key] = isObject(value) ? closedSchema(value) : value;
    else result[key] = value;
  }
  const open = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if ('properties' in schema && !open) result.additionalProperties = false;
  return result;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues(object: JsonSchema, map: (value: JsonSchema) => JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value as JsonSchema)]));
}
