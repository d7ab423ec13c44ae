import type { JsonSchema } from '../../imports/schemas';

/** Prose, and hints for tools that merge or print objects: nothing that a check reads. */
const DROPPED = new Set([
  'description',
  'format',
  'default',
  'x-kubernetes-group-version-kind',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-patch-merge-key',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-unions',
]);

/**
 * A schema without prose, and closed: the API server drops a field that it does not know without a word, so a
 * typing error would pass.
 *
 * @throws Error on a CEL rule with `oldSelf`: it compares two versions of an object, and there is only one here
 */
export function closedSchema(schema: JsonSchema): JsonSchema {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (DROPPED.has(key)) continue;
    if (key === 'properties') result[key] = mapValues(value as JsonSchema, closedSchema);
    else if (key === 'items' || key === 'additionalProperties')
      result[key] = isObject(value) ? closedSchema(value) : value;
    else result[key] = value;
  }
  if (JSON.stringify(schema['x-kubernetes-validations'] ?? '').includes('oldSelf'))
    throw new Error('a rule compares with oldSelf, which the checks do not evaluate');
  const open = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if ('properties' in schema && !open) result.additionalProperties = false;
  return result;
}

/** The same object with each value mapped. */
export function mapValues(object: JsonSchema, map: (value: JsonSchema) => JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value as JsonSchema)]));
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
