import { parseAllDocuments } from 'yaml';
import type { JsonSchema, KindSchema } from '../../imports/schemas';
import type { GoModule } from './go-module';
import { closedSchema, LIST_TYPES } from './json-schema';

/** Where the CRDs come from. Istio keeps a field once it is released, so the newest release describes the older ones too. */
export const ISTIO_API: GoModule = {
  path: 'istio.io/api',
  version: 'v1.31.1',
  sum: 'h1:5Yb5ihcz4YQsCkciusK7DnFpBMwRB6EFWeUKH1Atuyk=',
};

/** The file in that module. */
export const CRD_FILE = 'kubernetes/customresourcedefinitions.gen.yaml';

/** Kinds that are rendered: for them alone there are types, since every Istio CRD would be 39,000 lines of TypeScript. */
export const TYPED_KINDS = [
  'DestinationRule',
  'Gateway',
  'PeerAuthentication',
  'ServiceEntry',
  'VirtualService',
  'WorkloadEntry',
  'WorkloadGroup',
];

/** Kinds that are checked: those that are rendered, and their neighbours in a repository. */
const CHECKED_KINDS = [
  ...TYPED_KINDS,
  'AuthorizationPolicy',
  'ProxyConfig',
  'RequestAuthentication',
  'Sidecar',
  'Telemetry',
];

interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly schema: { readonly openAPIV3Schema: JsonSchema };
}

/** A CustomResourceDefinition, as far as it is read. */
export interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: CrdVersion[];
  };
}

/** The CRDs of the kinds that are checked. */
export function readCrds(text: string): Crd[] {
  const crds = parseAllDocuments(text).map((document) => document.toJS() as Crd | null);
  const kept = crds.filter((crd): crd is Crd => crd !== null && CHECKED_KINDS.includes(crd.spec.names.kind));
  const missing = CHECKED_KINDS.filter((kind) => !kept.some((crd) => crd.spec.names.kind === kind));
  if (missing.length > 0) throw new Error(`${CRD_FILE} has no ${missing.join(', ')}`);
  return kept.sort((a, b) => a.spec.names.kind.localeCompare(b.spec.names.kind));
}

/** The version that stands for all: their schemas are the same, which is checked here and not assumed. */
export function commonVersion(crd: Crd): CrdVersion {
  const [first] = crd.spec.versions;
  const common = crd.spec.versions.find((version) => version.name === 'v1') ?? first;
  if (!common) throw new Error(`${crd.spec.names.kind} has no version`);
  const text = (version: CrdVersion) => JSON.stringify(specOf(version));
  const different = crd.spec.versions.filter((version) => text(version) !== text(common));
  if (different.length > 0)
    throw new Error(
      `${crd.spec.names.kind}: ${different.map(({ name }) => name).join(', ')} differ from ${common.name}: one schema for all versions no longer holds`,
    );
  return common;
}

/** What the checks know of a CRD's kind. */
export function kindOfCrd(crd: Crd): KindSchema {
  const common = commonVersion(crd);
  return {
    group: crd.spec.group,
    kind: crd.spec.names.kind,
    versions: crd.spec.versions.filter((version) => version.served).map((version) => version.name),
    schema: {
      type: 'object',
      required: common.schema.openAPIV3Schema.required ?? [],
      properties: { spec: closedSchema(specOf(common), LIST_TYPES), status: { type: 'object' } },
    },
  };
}

function specOf(version: CrdVersion): JsonSchema {
  return (version.schema.openAPIV3Schema.properties as { spec: JsonSchema }).spec;
}
