import * as z from 'zod';
import { definitionOf, type FieldSchema, kubernetesFields } from '../../imports/field-schema';
import { inPlainWords } from '../explain';

/** A part of a Kubernetes object, in Kubernetes' own words. */
export type KubernetesFields = Readonly<Record<string, unknown>>;

/**
 * A field that holds a part of a Kubernetes object, checked against the definition of Kubernetes' OpenAPI.
 *
 * @param definition its short name there, e.g. `PodTemplateSpec`
 */
export function kubernetesField(definition: string) {
  return (
    z
      .record(z.string(), z.unknown())
      .superRefine((value, context) => {
        // Built when first asked for: most migrations hold no such field.
        const result = typeOf(definition).safeParse(value, { error: wordOf, jitless: true });
        for (const issue of result.error?.issues ?? [])
          context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
      })
      // A copy of its own: what a program in TypeScript passes may be of any make, and change later.
      .overwrite((value) => JSON.parse(JSON.stringify(value)))
      .meta({ $ref: `#/$defs/${definition}` })
  );
}

/** A merge that a directive steers would make what is rendered depend on what is derived. */
const wordOf: z.core.$ZodErrorMap = (issue) => {
  const message = inPlainWords(issue);
  if (issue.code !== 'unrecognized_keys' || typeof message !== 'string') return message;
  const lines = message.split('\n');
  return issue.keys
    .map((key, index) =>
      key.startsWith('$')
        ? `"${key}" is a directive of a patch, and no field: what is derived is turned off by fields of the migration, such as probe: none or drainSeconds: 0`
        : lines[index],
    )
    .join('\n');
};

const types = new Map<string, z.ZodType>();

function typeOf(name: string): z.ZodType {
  const known = types.get(name);
  if (known) return known;
  const definition = kubernetesFields()[name];
  if (!definition) throw new Error(`imports/kubernetes-fields.json has no ${name}: see hack/import`);
  const type = SCALARS[name] ?? schemaOf(definition);
  types.set(name, type);
  return type;
}

const QUANTITY = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$/;
const QUANTITY_RULE = 'must be a quantity such as 250m, 128Mi or 1';

/** Types that JSON Schema says less of than Kubernetes takes. */
const SCALARS: Readonly<Record<string, z.ZodType>> = {
  Quantity: z.union([z.number(), z.string().regex(QUANTITY, QUANTITY_RULE)], QUANTITY_RULE),
  IntOrString: z.union([z.int(), z.string()], 'must be a whole number or text'),
};

function schemaOf(schema: FieldSchema): z.ZodType {
  if (schema.$ref) {
    const name = schema.$ref.slice('#/$defs/'.length);
    return z.lazy(() => typeOf(name));
  }
  switch (schema.type) {
    case 'string':
      return z.string();
    case 'boolean':
      return z.boolean();
    case 'number':
      return z.number();
    case 'integer':
      return schema.format === 'int32' ? z.int32() : z.int();
    case 'array':
      return z.array(schemaOf(schema.items ?? {}));
    default:
      return objectOf(schema);
  }
}

function objectOf({ properties, required, additionalProperties }: FieldSchema): z.ZodType {
  if (!properties)
    return z.record(z.string(), additionalProperties ? schemaOf(additionalProperties) : z.unknown());
  return z.strictObject(
    Object.fromEntries(
      Object.entries(properties).map(([name, field]) => {
        const type = schemaOf(field);
        return [name, required?.includes(name) ? type.describe(described(field)) : type.optional()];
      }),
    ),
  );
}

/** What a message says of a field that is missing. */
function described(field: FieldSchema): string {
  return field.description ?? definitionOf(field).description ?? '';
}
