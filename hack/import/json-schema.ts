import type { JsonSchema } from '../../imports/schemas';

/** What makes the members of a list differ: the API server holds custom resources to it, its own kinds not. */
export const LIST_TYPES: readonly string[] = ['x-kubernetes-list-map-keys', 'x-kubernetes-list-type'];

/** Prose, and hints for tools that merge or print objects: nothing that a check reads. */
const DROPPED = new Set([
  'description',
  'format',
  'default',
  'x-kubernetes-group-version-kind',
  ...LIST_TYPES,
  'x-kubernetes-map-type',
  'x-kubernetes-patch-merge-key',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-unions',
]);

/** Whole numbers are decoded into Go's types, which hold no more. */
const INT32 = { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };

/**
 * A schema without prose, and closed: the API server drops a field that it does not know without a word, so a
 * typing error would pass.
 *
 * @param kept keywords that are kept although others do without them
 * @throws Error on a CEL rule with `oldSelf`: it compares two versions of an object, and there is only one here
 */
export function closedSchema(schema: JsonSchema, kept: readonly string[] = []): JsonSchema {
  const below = (part: JsonSchema) => closedSchema(part, kept);
  const result: Record<string, unknown> = schema.format === 'int32' ? { ...INT32 } : {};
  for (const [key, value] of Object.entries(schema)) {
    if (DROPPED.has(key) && !kept.includes(key)) continue;
    if (key === 'properties') result[key] = mapValues(value as JsonSchema, (part) => below(part));
    else if (key === 'items' || key === 'additionalProperties')
      result[key] = isObject(value) ? below(value) : value;
    else result[key] = value;
  }
  if (JSON.stringify(schema['x-kubernetes-validations'] ?? '').includes('oldSelf'))
    throw new Error('a rule compares with oldSelf, which the checks do not evaluate');
  const open = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if ('properties' in schema && !open) result.additionalProperties = false;
  return result;
}

/** The same object with each value mapped. */
export function mapValues(
  object: JsonSchema,
  map: (value: JsonSchema, key: string) => JsonSchema,
): JsonSchema {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, map(value as JsonSchema, key)]),
  );
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
