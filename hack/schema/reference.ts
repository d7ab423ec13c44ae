import type { JsonSchema } from '../../config';

/** Tables of a JSON Schema's fields in Markdown: one for the file, and one for each mapping in it. */
export function referenceTables(schema: JsonSchema, file: string): string {
  const sections: string[] = [];
  const documented = new Map<string, string>();
  const waiting: { path: string; schema: JsonSchema }[] = [{ path: '', schema }];
  const mapping = (path: string, one: JsonSchema): string => {
    if (typeof one.$ref === 'string') return foreign(one.$ref, schema);
    const { description: _description, default: _default, ...form } = one;
    const key = JSON.stringify(form);
    const earlier = documented.get(key);
    if (earlier === undefined) {
      documented.set(key, path);
      waiting.push({ path, schema: one });
    }
    const target = earlier ?? path;
    return `[${earlier === undefined ? 'fields' : `as ${earlier}`}](#${anchor(target)})`;
  };
  for (let section = waiting.shift(); section; section = waiting.shift()) {
    const others = waiting.splice(0);
    sections.push(table(section.path, section.schema, file, mapping));
    waiting.push(...others);
  }
  return sections.join('\n\n');
}

/** A part of another API, which is explained where it belongs. */
function foreign(reference: string, { $defs }: JsonSchema): string {
  const name = reference.replace('#/$defs/', '');
  const { externalDocs } = ($defs as Record<string, { externalDocs?: { url: string } }>)[name] ?? {};
  // The pages of Kubernetes' API have the version of a release in their addresses.
  return externalDocs ? `[${name}](${externalDocs.url})` : `Kubernetes' \`${name}\``;
}

type Mapping = (path: string, schema: JsonSchema) => string;

function table(path: string, schema: JsonSchema, file: string, mapping: Mapping): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, value]) => {
    const field = value as JsonSchema;
    const { meaning, fallback } = parts(field, schema.required?.includes(name) ?? false);
    const type = typeOf(field, path === '' ? name : `${path}.${name}`, mapping);
    return `| \`${name}\` | ${type} | ${fallback} | ${meaning} |`;
  });
  const head = path === '' ? `### \`${file}\`` : `#### \`${path}\``;
  return [
    head,
    '',
    ...(schema.description && path !== '' ? [parts(schema, false).meaning, ''] : []),
    '| field | holds | default | meaning |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** A description says at its end what an absent value comes to. */
function parts(field: JsonSchema, required: boolean): { meaning: string; fallback: string } {
  const [meaning = '', derived] = (field.description ?? '').split(/ ?Default: /);
  let fallback = derived?.replace(/\.$/, '') ?? 'one of a choice';
  if (required) fallback = '**needed**';
  else if (field.properties && field.default !== undefined) fallback = 'those of its fields';
  else if (typeof field.default === 'object') fallback = 'none';
  else if (field.default !== undefined) fallback = `\`${String(field.default)}\``;
  return { meaning: cell(meaning), fallback: cell(fallback) };
}

function typeOf(field: JsonSchema, path: string, mapping: Mapping): string {
  if (field.const !== undefined) return `\`${String(field.const)}\``;
  if (field.enum) return field.enum.map((one) => `\`${String(one)}\``).join(', ');
  if (field.$ref !== undefined) return mapping(path, field);
  if (field.anyOf) return field.anyOf.map((one) => typeOf(one as JsonSchema, path, mapping)).join(', or ');
  switch (field.type) {
    case 'string':
      return 'text';
    case 'boolean':
      return '`true`, `false`';
    case 'integer':
    case 'number':
      return range(field);
    case 'array':
      return `list of ${typeOf(field.items as JsonSchema, `${path}[]`, mapping)}`;
    case 'object':
      if (field.properties) return objectType(field, path, mapping);
      return `mapping of name to ${typeOf(field.additionalProperties as JsonSchema, `${path}.<name>`, mapping)}`;
    default:
      throw new Error(`no words for the type of ${path}: ${JSON.stringify(field)}`);
  }
}

/** A reference of a few texts is told in place; any other mapping has a table. */
function objectType(field: JsonSchema, path: string, mapping: Mapping): string {
  const names = Object.keys(field.properties ?? {});
  return names.length === field.required?.length &&
    names.every((name) => ['configMap', 'secret', 'key'].includes(name))
    ? `\`{${names.map((name) => `${name}: …`).join(', ')}}\``
    : mapping(path, field);
}

function range({ minimum, maximum }: JsonSchema): string {
  if (maximum !== undefined) return `number, ${minimum} to ${maximum}`;
  return `number, ${minimum} or more`;
}

/** Text that a table's cell takes as it is. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/<[a-z]+>([-/]<[a-z]+>)*/g, '`$&`');
}

/** GitHub's anchor of a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^-\w ]/g, '')
    .replaceAll(' ', '-');
}
