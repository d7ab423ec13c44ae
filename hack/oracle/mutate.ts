import { type JsonSchema, type KindSchema, SCHEMAS } from '../../imports/schemas';
import { fields, items, type Manifest } from '../../manifests/manifest';
import type { Random } from './random';

type Mutable = Record<string, unknown> | unknown[];

/** A place in an object, and the schema of what is there. */
interface Slot {
  readonly parent: Mutable;
  readonly key: string | number;
  readonly schema: JsonSchema;
}

const TEXTS = [
  ...[
    '',
    'a',
    'v1',
    'demo',
    'default',
    'UPPER',
    'under_score',
    '-leading',
    'with space',
    'trailing-',
    'a'.repeat(64),
  ],
  ...[
    '*',
    '*.example.com',
    'example.com',
    'a.b.c.d',
    '*foo.com',
    'foo.*.com',
    '.example.com',
    'example.com.',
    'a..b',
  ],
  ...[
    '10.0.0.1',
    '10.0.0.0/8',
    '10.0.0.0/33',
    '256.1.1.1',
    '::1',
    'fd00::/8',
    '010.0.0.1',
    '1.2.3',
    'fe80::1%eth0',
  ],
  ...['1s', '500ms', '0s', '1us', '1.5ms', '-1s', '1h30m', '10', 'soon', '0.5s'],
  ...['http', 'HTTP', 'TCP', 'GRPC-Web', 'TLS', 'HTTPS', 'FTP', 'UDP', 'mongo', 'http_proxy'],
  ...[
    'demo/gateway',
    'mesh',
    'demo/',
    '/gateway',
    'a/b/c',
    '.',
    '~',
    '*/*',
    './*',
    '~/*',
    'ns1/svc.example.com',
  ],
  ...['.*', '(', '(?=a)', '(?i)a', '[a-z]+', '\\d{2,3}', 'a{1001}', '(?P<n>a)', '(a)\\1', '*'],
  ...['%', '100%%', '%START_TIME%', '%REQ(x)%', '%DOWNSTREAM', ':authority', 'Host', 'x-header', 'x header'],
  ...[
    'unix:///run/a',
    'unix://@a',
    'unix://a',
    'unix:///run/',
    '127.0.0.1:80',
    ':80',
    '[::1]:80',
    '127.0.0.1:x',
  ],
  ...[
    'https://example.com/keys',
    'ftp://example.com',
    'configmap://demo/a',
    'configmap://other/a',
    '{"keys":[]}',
  ],
  ...[
    '5xx,reset',
    '503',
    '999',
    '5xx, reset',
    'source.ip',
    'request.headers[a]',
    'request.headers',
    'source.nothing',
  ],
  ...[
    '/a/{*}/b',
    '/a/{**}/b',
    '/{a}',
    'NOT_FOUND',
    'CONNECT',
    'GET',
    'get',
    '1',
    '65536',
    'region/zone',
    'region/*',
  ],
];
const NUMBERS = [
  0,
  1,
  2,
  50,
  80,
  100,
  101,
  200,
  301,
  404,
  443,
  600,
  601,
  8080,
  65535,
  65536,
  -1,
  2 ** 31,
  0.00001,
  0.5,
];

/**
 * A copy of an object with one to three changes: values replaced by others that fit or do not, fields removed and
 * added, members of lists doubled.
 */
export function mutate(manifest: Manifest, random: Random): Manifest {
  const copy = structuredClone(manifest) as Record<string, unknown>;
  const schema = schemaOf(copy);
  for (let count = 1 + random.below(3); count > 0; count--) changeOnce(copy, schema, random);
  return copy;
}

/** An object of a kind, made up from its schema alone. */
export function invent(kind: KindSchema, name: string, random: Random): Manifest {
  const spec = inventValue(fields(kind.schema.properties).spec as JsonSchema, random, 0);
  const version = random.pick(kind.versions);
  return {
    apiVersion: kind.group ? `${kind.group}/${version}` : version,
    kind: kind.kind,
    metadata: { name, namespace: 'demo' },
    spec,
  };
}

function schemaOf(manifest: Manifest): JsonSchema {
  const [group, version] = String(manifest.apiVersion).includes('/')
    ? String(manifest.apiVersion).split('/')
    : ['', String(manifest.apiVersion)];
  const known = SCHEMAS.kinds.find(
    (kind) => kind.kind === manifest.kind && kind.group === group && kind.versions.includes(version ?? ''),
  );
  if (!known) throw new Error(`no schema for ${manifest.apiVersion} ${manifest.kind}`);
  return known.schema;
}

function changeOnce(manifest: Record<string, unknown>, schema: JsonSchema, random: Random): void {
  const slots = [...slotsOf(manifest, schema)].filter(
    ({ key }) => !['apiVersion', 'kind', 'metadata'].includes(String(key)),
  );
  if (slots.length === 0) return;
  const { parent, key, schema: own } = random.pick(slots);
  const value = (parent as Record<string | number, unknown>)[key];
  const set = (next: unknown) => {
    (parent as Record<string | number, unknown>)[key] = next;
  };
  if (random.chance(0.15)) {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key as string];
  } else if (Array.isArray(value)) {
    if (value.length > 0 && random.chance(0.4)) value.push(structuredClone(random.pick(value)));
    else if (random.chance(0.2)) set([]);
    else value.push(inventValue(resolved(own.items as JsonSchema), random, 2));
  } else if (typeof value === 'object' && value !== null) {
    const properties = Object.keys(fields(own.properties));
    const name = properties.length > 0 ? random.pick(properties) : random.pick(TEXTS);
    const below = (fields(own.properties)[name] ?? own.additionalProperties) as JsonSchema | undefined;
    if (below) (value as Record<string, unknown>)[name] = inventValue(resolved(below), random, 2);
  } else set(inventValue(own, random, 2));
}

function* slotsOf(value: unknown, schema: JsonSchema): Generator<Slot> {
  const own = resolved(schema);
  if (Array.isArray(value)) {
    for (const [key, item] of value.entries()) {
      const below = resolved(own.items as JsonSchema);
      yield { parent: value, key, schema: below };
      yield* slotsOf(item, below);
    }
  } else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) {
      const below = resolved((fields(own.properties)[key] ?? own.additionalProperties ?? {}) as JsonSchema);
      yield { parent: value as Record<string, unknown>, key, schema: below };
      yield* slotsOf(item, below);
    }
}

function inventValue(schema: JsonSchema, random: Random, depth: number): unknown {
  const own = resolved(schema);
  if (items(own.enum).length > 0) return random.pick(items(own.enum));
  switch (own.type) {
    case 'string':
      return random.pick(TEXTS);
    case 'integer':
      return Math.trunc(random.pick(NUMBERS));
    case 'number':
      return random.pick(NUMBERS);
    case 'boolean':
      return random.chance(0.5);
    case 'array':
      return Array.from({ length: random.below(3) }, () =>
        inventValue(own.items as JsonSchema, random, depth + 1),
      );
    default:
      return inventObject(own, random, depth);
  }
}

function inventObject(schema: JsonSchema, random: Random, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const required = items(schema.required);
  for (const [key, below] of Object.entries(fields(schema.properties)))
    if (required.includes(key) ? random.chance(0.95) : random.chance(depth > 3 ? 0.1 : 0.3))
      result[key] = inventValue(below as JsonSchema, random, depth + 1);
  if (typeof schema.additionalProperties === 'object')
    for (let count = random.below(3); count > 0; count--)
      result[random.pick(TEXTS)] = inventValue(schema.additionalProperties as JsonSchema, random, depth + 1);
  return result;
}

function resolved(schema: JsonSchema | undefined): JsonSchema {
  const reference = schema?.$ref ?? fields(items(schema?.allOf)[0]).$ref;
  if (typeof reference !== 'string') return schema ?? {};
  return resolved(fields(SCHEMAS.definitions)[reference.replace('#/definitions/', '')] as JsonSchema);
}
