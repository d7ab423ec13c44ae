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
  return { migration: jsonSchema(migrationSchema), mesh: jsonSchema(meshSchema) };
}

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' });
}
