import * as z from 'zod';
import { type FieldSchema, kubernetesFields } from '../../imports/field-schema';
import { meshSchema, migrationSchema } from './schema';

/** A JSON Schema, draft 2020-12: the keywords that those of this package use, and any other. */
export interface JsonSchema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly [keyword: string]: unknown;
}

/**
 * The JSON Schemas of both input files, for editors: every field with its description and default.
 *
 * @returns by name: `migration` for `migrations/<name>.yaml`, `mesh` for `mesh.yaml`
 */
export function jsonSchemas(): Readonly<Record<'migration' | 'mesh', JsonSchema>> {
  return {
    migration: jsonSchema('A migration of meshferry', migrationSchema),
    mesh: jsonSchema('A mesh of meshferry', meshSchema),
  };
}

function jsonSchema(title: string, schema: z.ZodType): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema: one }) => {
      // zod's own name of a format, which no validator knows; the pattern beside it says the same.
      if (one.format === 'starts_with') delete one.format;
      // The bounds of JavaScript's whole numbers are no news to a reader.
      if (one.maximum === Number.MAX_SAFE_INTEGER) delete one.maximum;
      // Kubernetes' definition says what the field holds.
      if (one.$ref)
        for (const key of ['type', 'propertyNames', 'additionalProperties'] as const) delete one[key];
    },
  });
  const $defs = { ...rest.$defs, ...definitionsOf(JSON.stringify(rest)) };
  return { $schema, title, ...rest, ...(Object.keys($defs).length > 0 && { $defs }) } as JsonSchema;
}

/** Kubernetes' definitions that a JSON Schema refers to, by name. */
function definitionsOf(text: string, found: Record<string, FieldSchema> = {}): Record<string, FieldSchema> {
  for (const [, name = ''] of text.matchAll(/"#\/\$defs\/(\w+)"/g)) {
    const definition = kubernetesFields()[name];
    if (found[name] || !definition) continue;
    found[name] = definition;
    definitionsOf(JSON.stringify(definition), found);
  }
  return found;
}
