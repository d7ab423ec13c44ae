import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonSchema, jsonSchemas } from '../../config';
import { referenceTables } from './reference';

const ROOT = join(__dirname, '../..');
const REFERENCE = 'docs/reference/migration-file.md';

/** What follows from config/schema.ts: content by path, relative to the repository. */
export function generated(): Record<string, string> {
  const { migration, mesh } = jsonSchemas();
  let reference = readFileSync(join(ROOT, REFERENCE), 'utf8');
  reference = between(reference, 'migration', referenceTables(migration, 'migrations/<name>.yaml'));
  reference = between(reference, 'mesh', referenceTables(mesh, 'mesh.yaml'));
  return {
    'schema/migration.schema.json': json(migration),
    'schema/mesh.schema.json': json(mesh),
    [REFERENCE]: reference,
  };
}

function json(schema: JsonSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** Replaces what is between the two comments that name the part. */
function between(text: string, part: string, content: string): string {
  const [begin, end] = [`<!-- begin ${part}: npm run schema writes this -->`, `<!-- end ${part} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to === -1) throw new Error(`${REFERENCE} has no "${begin}" … "${end}"`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

if (require.main === module) {
  for (const [path, content] of Object.entries(generated())) writeFileSync(join(ROOT, path), content);
}
