import type { JsonSchema } from './json-schema';

/** What the checks know of one kind of object. */
export interface KindSchema {
  /** API group; '' for Kubernetes' core group. */
  readonly group: string;
  readonly kind: string;
  /** Served versions. */
  readonly versions: readonly string[];
  /** Schema of the whole object, but for apiVersion, kind and metadata, which are the same for every kind. */
  readonly schema: JsonSchema;
}

/** What imports/schemas.json holds. */
export interface Schemas {
  /** What it was generated from: file, module, version, checksum. */
  readonly sources: readonly string[];
  readonly kinds: readonly KindSchema[];
  /** Schema of `metadata`. */
  readonly metadata: JsonSchema;
  /** Schemas that the ones above refer to. */
  readonly definitions: JsonSchema;
}
