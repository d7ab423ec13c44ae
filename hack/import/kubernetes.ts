import type { JsonSchema, KindSchema } from '../../imports/schemas';
import type { Enums } from './go-enums';
import type { GoModule } from './go-module';
import { closedSchema, mapValues } from './json-schema';

/** Where the schemas of Kubernetes' own kinds come from: the newest release, since a stable version keeps its fields. */
export const KUBERNETES: GoModule = {
  path: 'k8s.io/kubernetes',
  version: 'v1.37.2',
  sum: 'h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE=',
};

/** Types of the same release in Go: what OpenAPI leaves out. */
export const KUBERNETES_API: GoModule = {
  path: 'k8s.io/api',
  version: 'v0.37.2',
  sum: 'h1:PnxqnUFy93jr2GcpWDkKOm8wfy25kT9wa572MuQS8oc=',
};

/** The file of OpenAPI. */
export const OPENAPI_FILE = 'api/openapi-spec/swagger.json';

/** Kinds that are rendered, those whose pods a Service can select, and their neighbours; by name of their definition. */
const KINDS = [
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  'io.k8s.api.apps.v1.DaemonSet',
  'io.k8s.api.apps.v1.Deployment',
  'io.k8s.api.apps.v1.ReplicaSet',
  'io.k8s.api.apps.v1.StatefulSet',
  'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  'io.k8s.api.batch.v1.CronJob',
  'io.k8s.api.batch.v1.Job',
  'io.k8s.api.core.v1.ConfigMap',
  'io.k8s.api.core.v1.Namespace',
  'io.k8s.api.core.v1.PersistentVolumeClaim',
  'io.k8s.api.core.v1.Pod',
  'io.k8s.api.core.v1.Secret',
  'io.k8s.api.core.v1.Service',
  'io.k8s.api.core.v1.ServiceAccount',
  'io.k8s.api.networking.v1.Ingress',
  'io.k8s.api.networking.v1.NetworkPolicy',
  'io.k8s.api.policy.v1.PodDisruptionBudget',
  'io.k8s.api.rbac.v1.ClusterRole',
  'io.k8s.api.rbac.v1.ClusterRoleBinding',
  'io.k8s.api.rbac.v1.Role',
  'io.k8s.api.rbac.v1.RoleBinding',
];

const METADATA = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Types that JSON Schema cannot say in Kubernetes' own words: what they accept in a manifest. */
const SCALARS: JsonSchema = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['string', 'integer'] },
  // `creationTimestamp: null` is what kubectl's own dry run writes.
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: ['string', 'null'] },
};

/** Fields that OpenAPI requires although the API server takes 0 for what is missing. */
const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  'io.k8s.api.core.v1.SleepAction': ['seconds'],
};

interface OpenApi {
  readonly definitions: { readonly [name: string]: JsonSchema };
}

/** The kinds in use, and the definitions they refer to. */
export function readOpenApi(text: string, enums: Enums = new Map()) {
  const definitions = mapValues((JSON.parse(text) as OpenApi).definitions, (definition, name) =>
    withEnums(withoutRequired(definition, OPTIONAL[name]), enums.get(name)),
  ) as OpenApi['definitions'];
  const kinds = KINDS.map((name) => kindOf(name, definitions));
  // Others may refer to a kind: a StatefulSet has templates of PersistentVolumeClaims.
  const kept = reachable([...KINDS.flatMap((name) => referred(definitions[name])), METADATA], definitions);
  return {
    kinds,
    metadata: { $ref: `#/definitions/${METADATA}` },
    definitions: Object.fromEntries(
      kept.map((name) => [name, (SCALARS[name] as JsonSchema) ?? closedSchema(definitions[name] ?? {})]),
    ),
  };
}

function withoutRequired(definition: JsonSchema, optional: readonly string[] = []): JsonSchema {
  const { required, ...rest } = definition;
  const left = ((required ?? []) as string[]).filter((name) => !optional.includes(name));
  return left.length > 0 ? { ...rest, required: left } : rest;
}

function withEnums(definition: JsonSchema, enums: ReadonlyMap<string, JsonSchema> = new Map()): JsonSchema {
  if (enums.size === 0 || !definition.properties) return definition;
  const properties = mapValues(definition.properties as JsonSchema, (schema, field) => ({
    ...schema,
    ...enums.get(field),
  }));
  return { ...definition, properties };
}

function kindOf(name: string, definitions: OpenApi['definitions']): KindSchema {
  const definition = definitions[name];
  const [gvk] = (definition?.['x-kubernetes-group-version-kind'] ?? []) as {
    group: string;
    version: string;
    kind: string;
  }[];
  if (!definition || !gvk) throw new Error(`${OPENAPI_FILE} has no ${name}`);
  const { apiVersion: _a, kind: _k, metadata: _m, ...properties } = definition.properties as JsonSchema;
  const { additionalProperties: _, ...schema } = closedSchema({ ...definition, properties });
  return { group: gvk.group, kind: gvk.kind, versions: [gvk.version], schema };
}

/** The definitions that the given ones refer to, themselves included, sorted. */
function reachable(from: string[], definitions: OpenApi['definitions']): string[] {
  const found = new Set<string>();
  const visit = (name: string) => {
    if (found.has(name)) return;
    found.add(name);
    referred(definitions[name]).forEach(visit);
  };
  from.forEach(visit);
  return [...found].sort();
}

/** Names of the definitions that one refers to. */
function referred(definition: JsonSchema | undefined): string[] {
  const refs = JSON.stringify(definition).matchAll(/"#\/definitions\/([^"]+)"/g);
  return Array.from(refs, ([, name]) => name ?? '');
}
