import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema';
import { nearest } from '../config/nearest';
import { type KindSchema, SCHEMAS } from '../imports/schemas';
import { fields, items, type Manifest, type Path } from '../manifests/manifest';
import { brokenRules } from '../rules/cel';
import { repeatedItems } from './list-types';

/**
 * Objects against the schemas of their kinds.
 *
 * The schemas are interpreted. Compiling them (ajv) takes 0.4 to 0.8 s for the kinds of one migration, which the
 * faster checks afterwards win back only from some thousands of objects on; building an interpreter takes 0.03 s.
 */

/** One way in which an object is not what the API server takes. */
export interface SchemaProblem {
  /** `unknown`: a field that does not exist; `value`: a value that does not fit; `rule`: a broken CEL rule. */
  readonly sort: 'unknown' | 'value' | 'rule';
  readonly path: Path;
  readonly message: string;
  readonly fix: string;
  /** Whether it is about a field that is not there. */
  readonly missing?: boolean;
}

const { kinds, metadata, definitions } = SCHEMAS;
const byName = new Map<string, KindSchema[]>();
for (const kind of kinds) {
  const name = `${kind.kind}.${kind.group}`;
  byName.set(name, [...(byName.get(name) ?? []), kind]);
}
const validators = new Map<KindSchema, { readonly schema: Schema; readonly validator: Validator }>();

/** Whether there is a schema for objects of this kind; the group of core kinds is ''. */
export function isKnownKind(kind: string, group: string): boolean {
  return byName.has(`${kind}.${group}`);
}

/** What the API server would refuse, and what it would drop without a word. None for a kind without a schema. */
export function schemaProblems(manifest: Manifest): readonly SchemaProblem[] {
  const [group, version] = groupVersion(String(manifest.apiVersion ?? ''));
  const schemas = byName.get(`${manifest.kind}.${group}`);
  const known = schemas?.find(({ versions }) => versions.includes(version)) ?? schemas?.at(-1);
  if (!schemas || !known) return [];
  const { schema, validator } = validatorOf(known);
  const problems = [
    ...validator
      .validate(manifest)
      .errors.filter((error) => isTelling(error) && !isNamedLater(error, manifest))
      .map((error) => describe(error, schema, manifest)),
    ...Array.from(repeatedItems(known.schema, manifest), (problem) => ({
      sort: 'value' as const,
      ...problem,
    })),
  ];
  // A value of the wrong type makes rules fail for a reason that is told already.
  const rules = problems.length > 0 ? [] : [...brokenRules(known.schema, manifest)];
  return [
    ...versionProblem(
      known,
      schemas.flatMap(({ versions }) => versions),
      version,
    ),
    ...problems,
    ...rules.map(({ path, message, rule }) => ({
      sort: 'rule' as const,
      path,
      message,
      fix: `satisfy the rule that ${known.kind} has for it: ${rule}`,
    })),
  ];
}

function groupVersion(apiVersion: string): [group: string, version: string] {
  const slash = apiVersion.lastIndexOf('/');
  return [apiVersion.slice(0, Math.max(slash, 0)), apiVersion.slice(slash + 1)];
}

function versionProblem(
  { group, kind }: KindSchema,
  versions: readonly string[],
  version: string,
): SchemaProblem[] {
  if (versions.includes(version)) return [];
  const served = versions.map((name) => (group ? `${group}/${name}` : name));
  return [
    {
      sort: 'value',
      path: ['apiVersion'],
      message: `${kind} has no version ${version}`,
      fix: `use ${served.length > 1 ? 'one of ' : ''}${served.join(', ')}`,
    },
  ];
}

function validatorOf(known: KindSchema) {
  const built = validators.get(known);
  if (built) return built;
  const schema = {
    definitions,
    type: 'object',
    required: ['metadata', ...items(known.schema.required)],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { allOf: [metadata, { required: ['name'] }] },
      ...fields(known.schema.properties),
    },
    additionalProperties: false,
  } as Schema;
  const result = { schema, validator: new Validator(schema, '7', false) };
  validators.set(known, result);
  return result;
}

/** Keywords that only say that something below them failed. */
const CONTAINERS = new Set(['properties', 'additionalProperties', 'items', '$ref', 'allOf']);

/** The API server makes a name where `generateName` begins one. */
function isNamedLater({ keyword, instanceLocation, error }: OutputUnit, { metadata }: Manifest): boolean {
  const name = keyword === 'required' && instanceLocation === '#/metadata' && error.includes('"name"');
  return name && typeof fields(metadata).generateName === 'string';
}

/** The parts of a `oneOf` fail one by one; the `oneOf` itself is what tells. */
function isTelling({ keyword, keywordLocation }: OutputUnit): boolean {
  return !CONTAINERS.has(keyword) && !/\/(oneOf|anyOf|not)\//.test(keywordLocation);
}

function describe(error: OutputUnit, schema: Schema, manifest: Manifest): SchemaProblem {
  const path = pointer(error.instanceLocation).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  if (error.keyword === 'false') return unknownField(path, schemaAt(path.slice(0, -1), schema));
  const data = path.reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], manifest);
  const wanted = valueAt(pointer(error.keywordLocation), schema);
  const value = (message: string, fix: string): SchemaProblem => ({ sort: 'value', path, message, fix });
  const got = `got ${describeValue(data)}`;
  switch (error.keyword) {
    case 'required': {
      const name = /"(.*)"/.exec(error.error)?.[1] ?? '';
      return { ...value(`field ${name} is missing`, `add ${name}`), missing: true };
    }
    case 'type': {
      const types = [wanted].flat().join(' or ');
      return value(`must be ${article(types)} ${types}, ${got}`, typeHint(types, data));
    }
    case 'enum':
      return value(
        `must be one of ${items(wanted)
          .filter((one) => one !== '')
          .join(', ')}, ${got}`,
        'use one of them',
      );
    case 'pattern':
      return value(`must match ${wanted}, ${got}`, 'change it to match');
    case 'oneOf':
    case 'anyOf': {
      const choices = items(wanted).flatMap((choice) => items(fields(choice).required).map(String));
      const found = choices.filter((choice) => choice in fields(data));
      if (choices.length === 0)
        return value(`fits none of the allowed forms, ${got}`, 'use one of the forms');
      const held = found.length > 0 ? found.join(' and ') : 'none of them';
      return value(`must hold one of ${choices.join(', ')}, and only one; got ${held}`, 'keep one of them');
    }
    default:
      return value(`${error.keyword} is ${JSON.stringify(wanted)}, ${got}`, 'give a value within the limit');
  }
}

function unknownField(path: Path, parent: Readonly<Record<string, unknown>>): SchemaProblem {
  const name = String(path.at(-1));
  const known = Object.keys(fields(parent.properties));
  const meant = nearest(name, known);
  return {
    sort: 'unknown',
    path,
    message: `there is no field ${name}; the API server would drop it without a word`,
    fix: meant ? `write ${meant}` : known.length > 0 ? `use one of ${known.join(', ')}` : 'remove it',
  };
}

/** The schema of the value at a path. */
function schemaAt(path: Path, root: Schema): Readonly<Record<string, unknown>> {
  return path.reduce<Readonly<Record<string, unknown>>>(
    (schema, part) => {
      const { properties, additionalProperties, items: each } = schema;
      return resolve(typeof part === 'number' ? each : (fields(properties)[part] ?? additionalProperties));
    },
    root as Readonly<Record<string, unknown>>,
  );
}

/** What a keyword says: `integer` at `#/properties/spec/…/type`. */
function valueAt(parts: readonly string[], root: Schema): unknown {
  return parts.reduce<unknown>(
    (value, part) => (part === '$ref' ? resolve(value) : (value as Record<string, unknown>)[part]),
    root,
  );
}

/** The schema that another one refers to, alone or as the first of `allOf`. */
function resolve(schema: unknown): Readonly<Record<string, unknown>> {
  const { $ref, allOf } = fields(schema);
  if (typeof $ref === 'string') return resolve(definitions[$ref.replace('#/definitions/', '')]);
  return allOf ? resolve(items(allOf)[0]) : fields(schema);
}

function pointer(location: string): string[] {
  return location
    .split('/')
    .slice(1)
    .map((part) => decodeURI(part).replaceAll('~1', '/').replaceAll('~0', '~'));
}

function describeValue(data: unknown): string {
  if (Array.isArray(data)) return 'a list';
  if (data === null) return 'null';
  return typeof data === 'object' ? 'an object' : `${typeof data} ${JSON.stringify(data)}`;
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? 'an' : 'a';
}

function typeHint(types: string, data: unknown): string {
  if (types.includes('string') && typeof data !== 'object') return `put it in quotes: "${data}"`;
  if (types === 'integer' && typeof data === 'string' && /^\d+$/.test(data))
    return `remove the quotes: ${data}`;
  return `give ${article(types)} ${types}`;
}
