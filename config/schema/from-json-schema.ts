import * as z from 'zod';
import type { JsonSchema } from '../../imports/schemas';
import { duration } from './duration';

/** What a CRD says of a field that holds a duration. */
const DURATION_RULE = "duration(self) >= duration('1ms')";

/**
 * A parser for what a CRD's schema describes, so that a part of Istio's API is checked, explained and completed like
 * every other field of a file. It knows the keywords that CRDs use; `oneof` of protobuf becomes a rule of its own.
 *
 * @throws Error on a type that it does not know
 */
export function fromJsonSchema(schema: JsonSchema): z.ZodType {
  const parser = parserOf(schema);
  return typeof schema.description === 'string' ? parser.describe(schema.description) : parser;
}

function parserOf(schema: JsonSchema): z.ZodType {
  switch (schema.type) {
    case 'object':
      return objectOf(schema);
    case 'array':
      return z.array(fromJsonSchema(schema.items as JsonSchema));
    case 'string':
      if (schema.enum) return z.enum(schema.enum as string[]);
      return JSON.stringify(schema).includes(DURATION_RULE) ? duration : z.string();
    case 'boolean':
      return z.boolean();
    case 'integer':
      return within(schema, z.int({ abort: true }));
    case 'number':
      return within(schema, z.number());
    default:
      throw new Error(`no parser for ${JSON.stringify(schema).slice(0, 200)}`);
  }
}

function within({ minimum, maximum }: JsonSchema, parser: z.ZodNumber): z.ZodNumber {
  const rule = minimum === undefined ? `must be at most ${maximum}` : `must be ${minimum} to ${maximum}`;
  let bounded = parser;
  if (typeof minimum === 'number') bounded = bounded.min(minimum, rule);
  if (typeof maximum === 'number') bounded = bounded.max(maximum, rule);
  return bounded;
}

function objectOf(schema: JsonSchema): z.ZodType {
  if (!schema.properties)
    return z.record(z.string(), fromJsonSchema(schema.additionalProperties as JsonSchema));
  const required = (schema.required ?? []) as readonly string[];
  const fields = Object.entries(schema.properties as Readonly<Record<string, JsonSchema>>).map(
    ([name, field]) => {
      const parser = fromJsonSchema(field);
      return [name, required.includes(name) ? parser : parser.optional()] as const;
    },
  );
  let parser: z.ZodType = z.strictObject(Object.fromEntries(fields));
  for (const choice of choices(schema)) {
    parser = parser.refine(
      (value) => choice.filter((name) => Object.hasOwn(value as object, name)).length <= 1,
      `must hold only one of ${choice.join(', ')}`,
    );
  }
  return parser;
}

/** The fields of each `oneof`, which a CRD writes as `oneOf` of what is required, and one form without any. */
function choices({ oneOf, allOf }: JsonSchema): string[][] {
  const all = [oneOf, ...((allOf ?? []) as JsonSchema[]).map((one) => one.oneOf)];
  return all
    .filter((one) => Array.isArray(one))
    .map((forms) => (forms as JsonSchema[]).flatMap(({ required }) => (required ?? []) as string[]));
}
