import { definitionOf, type FieldSchema, kubernetesFields } from '../imports/field-schema';
import { fields } from '../manifests/manifest';

type Fields = Readonly<Record<string, unknown>>;

/** A key of a list that a member may leave out, with what it then is. */
const KEY_DEFAULTS: Fields = { protocol: 'TCP' };

/**
 * Merges what a user declares over what is derived, as the API server merges what two owners apply: mappings field by
 * field, lists by the keys that Kubernetes' OpenAPI gives them, all other values and lists as a whole. Members that the
 * derived list does not have follow it in the order declared.
 *
 * @param definition short name of what both are parts of, e.g. `PodTemplateSpec`
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export function mergeFields(derived: Fields, declared: Fields, definition: string): Fields {
  return merge(derived, declared, kubernetesFields()[definition] ?? {}) as Fields;
}

function merge(derived: unknown, declared: unknown, schema: FieldSchema): unknown {
  if (declared === undefined) return derived;
  const keys = schema['x-kubernetes-list-map-keys'];
  if (Array.isArray(derived) && Array.isArray(declared) && keys)
    return mergeLists(derived, declared, keys, schema);
  if (!isMapping(derived) || !isMapping(declared)) return declared;
  const { properties } = definitionOf(schema);
  const merged = Object.entries(declared).map(([name, value]) => [
    name,
    merge(derived[name], value, properties?.[name] ?? {}),
  ]);
  return { ...derived, ...Object.fromEntries(merged) };
}

function mergeLists(
  derived: readonly unknown[],
  declared: readonly unknown[],
  keys: readonly string[],
  { items: of = {}, 'x-kubernetes-patch-strategy': strategy }: FieldSchema,
): unknown[] {
  const keyOf = (member: unknown) =>
    JSON.stringify(keys.map((key) => fields(member)[key] ?? KEY_DEFAULTS[key]));
  const known = new Set(derived.map(keyOf));
  const merged = derived.map((member) => {
    const other = declared.find((one) => keyOf(one) === keyOf(member));
    // A volume has one source: of one that is declared anew the derived source goes.
    if (other !== undefined && strategy === 'retainKeys') return other;
    return merge(member, other, of);
  });
  return [...merged, ...declared.filter((member) => !known.has(keyOf(member)))];
}

function isMapping(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
