import { type JsonSchema, SCHEMAS } from '../../imports/schemas';
import { fields, items, type Manifest, type Path } from '../../manifests/manifest';
import type { Part } from '../broken';

/** A part of an object, and the definition of Kubernetes' OpenAPI that describes it: `core.v1.Container`. */
export interface DefinedPart {
  readonly definition: string;
  readonly part: Part;
  readonly path: Path;
}

/** Finds the parts of objects that are described by definitions of interest. */
export class DefinedParts {
  readonly #wanted: ReadonlySet<string>;
  readonly #leads = new Map<string, boolean>();

  constructor(wanted: Iterable<string>) {
    this.#wanted = new Set(wanted);
  }

  /** Parts of an object, outer ones first; none for a kind without a schema. */
  *of(manifest: Manifest): Generator<DefinedPart> {
    const schema = schemaOf(manifest);
    // The API server takes a missing spec for an empty one.
    for (const [key, below] of Object.entries(fields(schema?.properties)))
      if (key !== 'status')
        yield* this.#below(below as JsonSchema, manifest[key] ?? (key === 'spec' ? {} : undefined), [key]);
  }

  *#below(schema: JsonSchema, value: unknown, path: Path): Generator<DefinedPart> {
    if (typeof value !== 'object' || value === null) return;
    const name = referred(schema);
    if (name !== undefined) {
      if (!this.#leadsOn(name)) return;
      const definition = shortName(name);
      if (this.#wanted.has(definition)) yield { definition, part: fields(value), path };
      yield* this.#below(SCHEMAS.definitions[name] as JsonSchema, value, path);
      return;
    }
    for (const [index, item] of items(value).entries())
      yield* this.#below(schema.items as JsonSchema, item, [...path, index]);
    const properties = fields(schema.properties);
    for (const [key, item] of Object.entries(fields(value))) {
      const next = properties[key] ?? schema.additionalProperties;
      if (typeof next === 'object' && next) yield* this.#below(next as JsonSchema, item, [...path, key]);
    }
  }

  /** Whether a definition is of interest, or one that it refers to. */
  #leadsOn(name: string): boolean {
    const known = this.#leads.get(name);
    if (known !== undefined) return known;
    this.#leads.set(name, false); // Definitions can refer to themselves.
    const below = JSON.stringify(SCHEMAS.definitions[name] ?? {}).matchAll(/"#\/definitions\/([^"]+)"/g);
    const result =
      this.#wanted.has(shortName(name)) || Array.from(below).some(([, one = '']) => this.#leadsOn(one));
    this.#leads.set(name, result);
    return result;
  }
}

function schemaOf({ apiVersion, kind }: Manifest): JsonSchema | undefined {
  return SCHEMAS.kinds.find(
    (known) =>
      known.kind === kind &&
      known.versions.some((version) => (known.group ? `${known.group}/${version}` : version) === apiVersion),
  )?.schema;
}

function referred(schema: JsonSchema | undefined): string | undefined {
  const reference = schema?.$ref ?? fields(items(schema?.allOf)[0]).$ref;
  return typeof reference === 'string' ? reference.replace('#/definitions/', '') : undefined;
}

/** `core.v1.Container` for io.k8s.api.core.v1.Container. */
function shortName(name: string): string {
  return name.split('.').slice(-3).join('.');
}
