import type { JsonSchema } from '../imports/schemas';
import { fields, items, type Path } from '../manifests/manifest';

/** A member of a list that may be there only once, and is there again. */
export interface RepeatedItem {
  readonly path: Path;
  readonly message: string;
  readonly fix: string;
}

const withListTypes = new WeakMap<object, boolean>();

/**
 * Members of lists that repeat an earlier one: equal members of a `set`, members of a `map` whose keys are equal.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export function* repeatedItems(schema: JsonSchema, value: unknown, path: Path = []): Generator<RepeatedItem> {
  if (value === undefined || value === null || !hasListTypes(schema)) return;
  const properties = fields(schema.properties) as Record<string, JsonSchema>;
  for (const [key, below] of Object.entries(fields(value))) {
    const next = properties[key] ?? schema.additionalProperties;
    if (typeof next === 'object' && next) yield* repeatedItems(next as JsonSchema, below, [...path, key]);
  }
  const seen = new Map<string, number>();
  for (const [index, item] of items(value).entries()) {
    const identity = identityOf(schema, item);
    const first = identity === undefined ? undefined : seen.get(identity);
    if (identity !== undefined && first === undefined) seen.set(identity, index);
    if (first !== undefined)
      yield {
        path: [...path, index],
        message: `repeats ${keysOf(schema).join(' and ') || 'the value'} of item ${first} of the list`,
        fix: 'remove one of the two, or make them differ',
      };
    if (typeof schema.items === 'object' && schema.items)
      yield* repeatedItems(schema.items as JsonSchema, item, [...path, index]);
  }
}

/** What may be in the list only once; undefined where the list has no such rule. */
function identityOf(schema: JsonSchema, item: unknown): string | undefined {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return JSON.stringify(item);
    case 'map':
      return JSON.stringify(keysOf(schema).map((key) => fields(item)[key]));
    default:
      return undefined;
  }
}

function keysOf(schema: JsonSchema): readonly string[] {
  return items(schema['x-kubernetes-list-map-keys']).map(String);
}

/** Whether a schema has such lists anywhere: most have none. */
function hasListTypes(schema: JsonSchema): boolean {
  const known = withListTypes.get(schema);
  if (known !== undefined) return known;
  const below = [...Object.values(fields(schema.properties)), schema.items, schema.additionalProperties];
  const result =
    'x-kubernetes-list-type' in schema ||
    below.some((next) => typeof next === 'object' && next !== null && hasListTypes(next as JsonSchema));
  withListTypes.set(schema, result);
  return result;
}
