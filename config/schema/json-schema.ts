import * as z from 'zod';
import { meshSchema, migrationSchema } from './schema';

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

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
    },
  });
  return { $schema, title, ...rest };
}
