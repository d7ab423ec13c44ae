import { CORE_SCHEMA, loadAll, YAMLException } from 'js-yaml';
import { isNode, LineCounter, parseAllDocuments, parseDocument } from 'yaml';
import { fields, items, type Manifest, type Path, type Source } from './manifest';

/** A file of manifests that is no valid YAML or JSON. */
export class UnreadableError extends Error {
  constructor(
    readonly file: string,
    readonly line: number,
    reason: string,
  ) {
    super(`${reason} (${file}:${line})`);
    this.name = 'UnreadableError';
  }
}

/** Documents of a file that have been read before: the phases of a plan repeat most of theirs. */
export type ReadCache = Map<string, readonly unknown[]>;

/**
 * The objects of a YAML or JSON file, the members of a `List` one by one. Documents that are no Kubernetes objects
 * (neither apiVersion nor kind) are left out.
 *
 * @throws UnreadableError where the text is not valid, or its aliases would expand without bound
 */
export function readSources(file: string, text: string, cache: ReadCache = new Map()): Source[] {
  return splitDocuments(text).flatMap(({ chunk, line }) => {
    const known = cache.get(chunk);
    const documents = known ?? parse(file, chunk, line);
    if (!known) cache.set(chunk, documents);
    const lineOf = documents.length === 1 ? (path: Path) => findLine(chunk, line, path) : undefined;
    return documents.flatMap((document) => sourcesOf(document, file, firstLine(chunk, line), lineOf));
  });
}

function sourcesOf(
  document: unknown,
  file: string,
  line: number,
  lineOf: Source['lineOf'],
  path: Path = [],
): Source[] {
  const manifest = fields(document) as Manifest;
  if (manifest.apiVersion === undefined && manifest.kind === undefined) return [];
  if (manifest.kind === 'List' && manifest.apiVersion === 'v1')
    return items(manifest.items).flatMap((item, index) =>
      sourcesOf(item, file, line, lineOf, [...path, 'items', index]),
    );
  return [{ manifest, file, line, ...(lineOf && { lineOf: (below: Path) => lineOf([...path, ...below]) }) }];
}

function splitDocuments(text: string): { chunk: string; line: number }[] {
  const lines = text.split('\n');
  const chunks: { chunk: string; line: number }[] = [];
  let start = 0;
  for (let index = 0; index <= lines.length; index++) {
    if (index < lines.length && !/^---\s*(#.*)?$/.test(lines[index] ?? '')) continue;
    chunks.push({ chunk: lines.slice(start, index).join('\n'), line: start + 1 });
    start = index + 1;
  }
  return chunks;
}

/** js-yaml takes half the time of yaml; documents with anchors go to yaml, which bounds what they expand to. */
function parse(file: string, chunk: string, line: number): readonly unknown[] {
  if (/(^|[\s[{,])&\S/.test(chunk)) {
    const lines = new LineCounter();
    const documents = parseAllDocuments(chunk, { lineCounter: lines, merge: true });
    return [...documents].map((document) => {
      const [error] = document.errors;
      if (error)
        throw new UnreadableError(file, line - 1 + lines.linePos(error.pos[0]).line, firstOf(error.message));
      try {
        return document.toJS();
      } catch (cause) {
        throw new UnreadableError(file, line, (cause as Error).message);
      }
    });
  }
  try {
    return loadAll(chunk, { schema: CORE_SCHEMA });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new UnreadableError(file, line + (error.mark?.line ?? 0), error.reason);
  }
}

function firstLine(chunk: string, line: number): number {
  const skipped = chunk.split('\n').findIndex((text) => text.trim() !== '' && !text.startsWith('#'));
  return line + Math.max(skipped, 0);
}

/** Lines are asked for where something is wrong, so that only then the text is read with its places. */
function findLine(chunk: string, line: number, path: Path): number | undefined {
  const lines = new LineCounter();
  const document = parseDocument(chunk, { lineCounter: lines });
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true) as { items?: unknown[] } | undefined;
    const last = path[length - 1];
    const pair = (parent?.items ?? []).find(
      (item) => (item as { key?: { value?: unknown } }).key?.value === last,
    );
    const node = (pair as { key?: unknown } | undefined)?.key ?? document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return line - 1 + lines.linePos(node.range[0]).line;
  }
  return undefined;
}

function firstOf(message: string): string {
  return message.split('\n')[0]?.replace(/ at line \d+.*$/, '') ?? message;
}
