import type { FieldSchema } from '../../imports/field-schema';
import { OPENAPI_FILE } from './kubernetes';

interface OpenApi {
  readonly definitions: Readonly<Record<string, FieldSchema>>;
}

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

/** Definitions that the OpenAPI file gives one type, and that a manifest may write in two. */
const SCALARS: Readonly<Record<string, FieldSchema>> = {
  [QUANTITY]: { type: ['string', 'number'], description: 'A quantity such as 250m, 1, 128Mi or 1Gi.' },
  [INT_OR_STRING]: { type: ['integer', 'string'], description: 'A number, or a text such as 25% or a name.' },
};

const METADATA = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const POD_TEMPLATE = 'io.k8s.api.core.v1.PodTemplateSpec';
const CLAIM = 'io.k8s.api.core.v1.PersistentVolumeClaim';

/** Fields of a migration that hold a part of a Kubernetes object: name of its definition, and the fields it may have. */
const ROOTS: Readonly<Record<string, readonly string[] | undefined>> = {
  [POD_TEMPLATE]: ['metadata', 'spec'],
  [CLAIM]: ['apiVersion', 'kind', 'metadata', 'spec'],
  'io.k8s.api.apps.v1.DeploymentStrategy': undefined,
  'io.k8s.api.apps.v1.StatefulSetUpdateStrategy': undefined,
  'io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy': undefined,
  'io.k8s.api.core.v1.ServiceSpec': undefined,
};

/** What the metadata of a template may hold: the controller names what it makes from it. */
const TEMPLATE_METADATA = ['labels', 'annotations', 'name'];

/**
 * Definitions of Kubernetes' OpenAPI by their short names, as fields of a migration take them: with the first sentence
 * of each description for editors, and with what makes the members of a list differ.
 *
 * @param openApi the text of Kubernetes' swagger.json
 */
export function kubernetesFields(openApi: string): Record<string, FieldSchema> {
  const { definitions } = JSON.parse(openApi) as OpenApi;
  const result: Record<string, FieldSchema> = {};
  const visit = (name: string, only?: readonly string[]): void => {
    const short = shortName(name);
    if (result[short]) return;
    const definition = SCALARS[name] ?? definitions[name];
    if (!definition) throw new Error(`${OPENAPI_FILE} has no ${name}`);
    const adapted = adapt(name, definition, only);
    result[short] = adapted;
    for (const below of referred(adapted)) visit(below, below === METADATA ? TEMPLATE_METADATA : undefined);
    result[short] = shortened(adapted);
  };
  for (const [name, only] of Object.entries(ROOTS)) visit(name, only);
  return Object.fromEntries(Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A definition without what no migration can say, and with nothing needed that is derived. */
function adapt(name: string, definition: FieldSchema, only?: readonly string[]): FieldSchema {
  const properties = Object.entries(definition.properties ?? {}).filter(
    ([field]) => (only?.includes(field) ?? true) && !LEFT_OUT[name]?.includes(field),
  );
  const required = definition.required?.filter((field) => !DERIVED[name]?.includes(field));
  const { properties: _p, required: _r, ...rest } = definition;
  return {
    ...rest,
    ...(definition.properties && { properties: Object.fromEntries(properties) }),
    ...(required?.length && { required }),
  };
}

/** The API server refuses ephemeral containers in a template. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  'io.k8s.api.core.v1.PodSpec': ['ephemeralContainers'],
};

/** The main container is derived. */
const DERIVED: Readonly<Record<string, readonly string[]>> = {
  'io.k8s.api.core.v1.PodSpec': ['containers'],
};

const KEPT = ['$ref', 'type', 'format', 'required', 'x-kubernetes-list-map-keys'] as const;

/** A schema with the keywords that are read, in a fixed order; what is known of its fields stays closed. */
function shortened(schema: FieldSchema): FieldSchema {
  const { description, properties, items, additionalProperties } = schema;
  const kept = Object.fromEntries(
    KEPT.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]]])),
  );
  return {
    ...(description && { description: firstSentence(description) }),
    ...kept,
    ...(schema.$ref && { $ref: `#/$defs/${shortName(schema.$ref)}` }),
    ...(schema['x-kubernetes-patch-strategy']?.includes('retainKeys') && {
      'x-kubernetes-patch-strategy': 'retainKeys',
    }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, shortened(field)]),
      ),
      additionalProperties: false,
    }),
    ...(items && { items: shortened(items) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: shortened(additionalProperties),
    }),
  };
}

function firstSentence(description: string): string {
  const [first = ''] = description.split(/(?<!\be\.g|\bi\.e|\betc)\.\s|\n/);
  return first.endsWith('.') ? first : `${first}.`;
}

/** `PodSpec` of `io.k8s.api.core.v1.PodSpec`. */
function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** Names of the definitions that one refers to. */
function referred(definition: FieldSchema): string[] {
  const refs = JSON.stringify(definition).matchAll(/"#\/definitions\/([^"]+)"/g);
  return Array.from(refs, ([, name]) => name ?? '');
}
