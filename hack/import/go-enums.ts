import type { JsonSchema } from '../../imports/schemas';

/** Values that a field of a definition can have: Kubernetes' OpenAPI has them in prose alone. */
export type Enums = ReadonlyMap<string, ReadonlyMap<string, JsonSchema>>;

const FILE = /^([a-z]+)\/(v\d\w*)\/types\.go$/;
const NAMED_TEXT = /((?:^\/\/.*\n)+)type (\w+) string$/gm;
const CONSTANT = /^\s+\w+\s+(\w+)?\s*=\s*(?:(\w+)\()?"(.*)"/gm;
const STRUCT = /^type (\w+) struct \{\n([\s\S]*?)^\}/gm;
const EMBEDDED = /^\s+(\w+)\s+`json:""/gm;
const FIELD = /^\s+\w+\s+(\*|\[\])?(?:\w+\.)?(\w+)\s+`json:"(\w+)/gm;

/**
 * The values of fields whose type Kubernetes marks as an enumeration, by the name of the definition and the field.
 *
 * @param files those of the module k8s.io/api, by path
 * @throws Error where such a type has no values
 */
export function readEnums(files: ReadonlyMap<string, Uint8Array>): Enums {
  const sources = Array.from(files)
    .map(([path, content]) => ({ version: FILE.exec(path)?.slice(1).join('.'), content }))
    .filter(({ version }) => version !== undefined)
    .map(({ version, content }) => ({ version, text: new TextDecoder().decode(content) }));
  // Types of other groups are core's; the newest version of a group has all values that an older one has.
  const types = new Map(sources.flatMap(({ text }) => enumerations(text)));
  return new Map(
    sources.flatMap(({ version, text }) => {
      const bodies = new Map(Array.from(text.matchAll(STRUCT), ([, name = '', body = '']) => [name, body]));
      // What a cluster reports is nobody's to write.
      const written = [...bodies].filter(([name]) => !name.endsWith('Status'));
      return written.map(([name, body]): [string, Map<string, JsonSchema>] => [
        `io.k8s.api.${version}.${name}`,
        new Map(fieldsOf(withEmbedded(body, bodies), types)),
      ]);
    }),
  );
}

/** The fields of a struct, with those of the structs that it embeds. */
function withEmbedded(body: string, bodies: ReadonlyMap<string, string>): string {
  const embedded = Array.from(body.matchAll(EMBEDDED), ([, name = '']) => bodies.get(name) ?? '');
  return [body, ...embedded.map((one) => withEmbedded(one, bodies))].join('');
}

function enumerations(text: string): [type: string, values: string[]][] {
  const constants = Array.from(text.matchAll(CONSTANT), ([, type, cast, value]) => ({
    type: type ?? cast,
    value: value ?? '',
  }));
  return Array.from(text.matchAll(NAMED_TEXT))
    .filter(([, comment]) => /^\/\/ \+enum$/m.test(comment ?? ''))
    .map(([, , type = '']) => {
      const values = constants.filter((one) => one.type === type).map(({ value }) => value);
      if (values.length === 0) throw new Error(`the enumeration ${type} has no values`);
      return [type, values];
    });
}

function fieldsOf(body: string, types: ReadonlyMap<string, readonly string[]>): [string, JsonSchema][] {
  return Array.from(body.matchAll(FIELD)).flatMap(
    ([, sort, type = '', field = '']): [string, JsonSchema][] => {
      const values = types.get(type);
      if (!values) return [];
      if (sort === '[]') return [[field, { items: { type: 'string', enum: values } }]];
      // A text that Go holds without a pointer is absent where it is empty.
      return [[field, { enum: sort === '*' ? values : [...new Set([...values, ''])] }]];
    },
  );
}
