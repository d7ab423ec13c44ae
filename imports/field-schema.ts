/** A definition of Kubernetes' OpenAPI, or the schema of one of its fields: the keywords that are read. */
export interface FieldSchema {
  readonly description?: string;
  /** `#/$defs/<short name>`. */
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
  readonly additionalProperties?: FieldSchema | false;
  /** Fields that together tell the members of a list apart; absent: the list is one value. */
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  /** `retainKeys`: of a member that is merged, only the fields that the patch names stay. */
  readonly 'x-kubernetes-patch-strategy'?: string;
}

/**
 * Definitions of the fields of a migration that hold a part of a Kubernetes object, by short name: `PodSpec`. Generated
 * by `npm run import`. A file of its own, since it has what {@link SCHEMAS} does without, descriptions and the keys of
 * lists; read when first asked for, since most migrations hold no such field.
 */
export function kubernetesFields(): Readonly<Record<string, FieldSchema>> {
  return require('./kubernetes-fields.json');
}

/** The definition that a schema refers to, or the schema itself. */
export function definitionOf(schema: FieldSchema): FieldSchema {
  if (!schema.$ref) return schema;
  return kubernetesFields()[schema.$ref.slice('#/$defs/'.length)] ?? {};
}
