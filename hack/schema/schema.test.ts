import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Schema, Validator } from '@cfworker/json-schema';
import fc from 'fast-check';
import { load as parse } from 'js-yaml';
import { type JsonSchema, jsonSchemas } from '../../config';
import { meshInput, migrationInput } from '../../test/arbitraries';
import { told } from '../../test/workspace';
import { generated } from './generate';

const ROOT = join(__dirname, '../..');
const validate = {
  migration: new Validator(jsonSchemas().migration as Schema, '2020-12', false),
  mesh: new Validator(jsonSchemas().mesh as Schema, '2020-12', false),
};

test.each(Object.entries(generated()))('%s is what `npm run schema` writes', (path, content) => {
  expect(readFileSync(join(ROOT, path), 'utf8')).toBe(content);
});

const files = readdirSync(join(ROOT, 'migrations'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.yaml'),
);

test.each(files)('migrations/%s conforms, and names its schema for editors', (file) => {
  const text = readFileSync(join(ROOT, 'migrations', file), 'utf8');
  const kind = file.endsWith('mesh.yaml') ? 'mesh' : 'migration';
  expect(validate[kind].validate(parse(text)).errors).toEqual([]);
  expect(text).toMatch(
    new RegExp(`^# yaml-language-server: \\$schema=(\\.\\./)+schema/${kind}\\.schema\\.json\n`),
  );
});

describe('the page of the input files', () => {
  const page = readFileSync(join(ROOT, 'docs/reference/migration-file.md'), 'utf8');
  const block = (language: string) => page.split(`\`\`\`${language}\n`)[1]?.split('```')[0];

  test('shows the migration of the repository', () => {
    expect(block('yaml')).toBe(readFileSync(join(ROOT, 'migrations/analytics.yaml'), 'utf8'));
  });

  test('shows messages as they are', () => {
    const wrong = block('yaml')?.replace('onboard', 'shift-15').replace('image:', 'imagee:') ?? '';
    expect(told(wrong).join('\n')).toBe(block('text')?.trimEnd());
  });
});

test('there are migrations to look at', () => {
  expect(files).toEqual(expect.arrayContaining(['analytics.yaml', 'mesh.yaml']));
});

test('whatever the checks accept, an editor accepts', () => {
  fc.assert(
    fc.property(migrationInput(), (input) => {
      expect(validate.migration.validate(JSON.parse(JSON.stringify(input))).errors).toEqual([]);
    }),
  );
  fc.assert(fc.property(meshInput(), (input) => expect(validate.mesh.validate(input).errors).toEqual([])));
});

test('an editor marks what is unknown or out of range', () => {
  const good = { namespace: 'a', phase: 'onboard', ports: { http: 8080 } };
  expect(validate.migration.validate(good).valid).toBe(true);
  expect(validate.migration.validate({ ...good, vmm: {} }).valid).toBe(false);
  expect(validate.migration.validate({ ...good, ports: { http: 0 } }).valid).toBe(false);
  expect(validate.migration.validate({ ...good, vm: { probe: 'non' } }).valid).toBe(false);
});

/** Every field of every mapping in a schema, with its path and the mapping that it is in. */
function* fieldsOf(schema: JsonSchema, path = ''): Generator<[string, JsonSchema, JsonSchema]> {
  for (const [name, value] of Object.entries(schema.properties ?? {})) {
    const field = value as JsonSchema;
    yield [`${path}.${name}`, field, schema];
    yield* fieldsOf(field, `${path}.${name}`);
  }
  for (const one of [schema.items, schema.additionalProperties, ...(schema.anyOf ?? [])]) {
    if (typeof one === 'object' && one !== null) yield* fieldsOf(one as JsonSchema, path);
  }
}

describe.each(Object.entries(jsonSchemas()))('every field of a %s', (_, schema) => {
  const fields = [...fieldsOf(schema)];

  test('says what it means', () => {
    expect(fields.length).toBeGreaterThan(5);
    expect(fields.filter(([, field]) => !field.description).map(([path]) => path)).toEqual([]);
  });

  test('is needed, or has a default, or is one of a choice', () => {
    const silent = fields.filter(([path, field, parent]) => {
      const name = path.slice(path.lastIndexOf('.') + 1);
      const oneOf = /exactly one of/.test(parent.description ?? '');
      const told = field.default !== undefined || /Default: /.test(field.description ?? '');
      return !parent.required?.includes(name) && !told && !oneOf;
    });
    expect(silent.map(([path]) => path)).toEqual([]);
  });
});
