import { lineOfPath, readYaml } from './go-yaml';
import { fields, type Manifest, type Path, type Source } from './manifest';
import type { YamlDocument } from './yaml-composer';
import { YamlError } from './yaml-error';

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

/** A document that kubectl would refuse. */
export interface UnreadableDocument {
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

/** What is in a file. */
export interface FileContents {
  readonly sources: readonly Source[];
  readonly unreadable: readonly UnreadableDocument[];
}

/** Documents of a file that have been read before: the phases of a plan repeat most of theirs. */
export type ReadCache = Map<string, YamlDocument>;

/**
 * The objects of a YAML or JSON file as kubectl and the API server read them: document by document, the members of a
 * list one by one, without fields that are null. Documents that are no Kubernetes objects are left out.
 */
export function readManifests(file: string, text: string, cache: ReadCache = new Map()): FileContents {
  const sources: Source[] = [];
  const unreadable: UnreadableDocument[] = [];
  for (const { chunk, line, separator } of splitDocuments(text))
    try {
      if (separator !== undefined)
        throw new YamlError(`a line of --- separates documents, and must not go on with ${separator}`, 1);
      const document = cache.get(chunk) ?? readDocument(chunk);
      cache.set(chunk, document);
      sources.push(...sourcesOf(document, chunk, file, line));
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      unreadable.push({ line: line - 1 + error.line, reason: error.message, text: chunk });
    }
  return { sources, unreadable };
}

/**
 * The objects of a file that must be readable.
 *
 * @throws UnreadableError where a document is not valid
 */
export function readSources(file: string, text: string, cache?: ReadCache): readonly Source[] {
  const { sources, unreadable } = readManifests(file, text, cache);
  const [first] = unreadable;
  if (first) throw new UnreadableError(file, first.line, first.reason);
  return sources;
}

interface Chunk {
  readonly chunk: string;
  /** Line of the file at which it starts, from 1. */
  readonly line: number;
  /** What follows `---` on a separating line that kubectl refuses. */
  readonly separator?: string;
}

/** kubectl cuts a file at its lines of `---` before it reads any YAML. */
function* splitDocuments(text: string): Generator<Chunk> {
  const separators = /^---(.*)$/gm;
  let start = 0;
  let line = 1;
  for (const match of text.matchAll(separators)) {
    const chunk = text.slice(start, match.index);
    yield { chunk, line };
    line += countLines(chunk);
    const rest = match[1]?.trim() ?? '';
    if (rest !== '' && !rest.startsWith('#')) yield { chunk: '', line, separator: rest };
    line++;
    start = match.index + match[0].length + 1;
  }
  if (start < text.length) yield { chunk: text.slice(start), line };
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function readDocument(chunk: string): YamlDocument {
  const document = readJson(chunk) ?? readYaml(chunk);
  return { ...document, value: withoutNulls(document.value) };
}

/** JSON is YAML too, but may be indented by tabs, and is read in a tenth of the time. */
function readJson(chunk: string): YamlDocument | undefined {
  if (!/^\s*\{/.test(chunk)) return undefined;
  try {
    return { value: JSON.parse(chunk), repeated: [] };
  } catch {
    return undefined;
  }
}

/** The API server takes a field that is null for one that is not there. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) for (const item of value) withoutNulls(item);
  else {
    const object = value as Record<string, unknown>;
    for (const key of Object.keys(object)) {
      if (object[key] === null) delete object[key];
      else withoutNulls(object[key]);
    }
  }
  return value;
}

function sourcesOf({ value, repeated }: YamlDocument, chunk: string, file: string, line: number): Source[] {
  return objectsIn(value, []).map(({ manifest, path }) => {
    const own = repeated.filter((one) => path.every((part, index) => one.path[index] === part));
    return {
      manifest,
      file,
      line: line + emptyLines(chunk),
      lineOf: (below) => lineIn(chunk, line, [...path, ...below]),
      ...(own.length > 0 && {
        repeated: own.map((one) => ({ path: one.path.slice(path.length), line: line - 1 + one.line })),
      }),
    };
  });
}

function objectsIn(value: unknown, path: Path): { manifest: Manifest; path: Path }[] {
  const manifest = fields(value) as Manifest;
  const { apiVersion, kind, metadata, items } = manifest;
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))
    return items.flatMap((item, index) => objectsIn(item, [...path, 'items', index]));
  const named = [apiVersion, kind, metadata].filter((field) => field !== undefined).length;
  return named >= 2 ? [{ manifest, path }] : [];
}

/** Lines are asked for where something is wrong, so that only then the text is read with its places. */
function lineIn(chunk: string, line: number, path: Path): number | undefined {
  const found = lineOfPath(chunk, path);
  return found === undefined ? undefined : line - 1 + found;
}

/** Lines before the first one that holds anything. */
function emptyLines(chunk: string): number {
  const start = /^(?:[ \t]*(?:#.*)?\r?\n)*/.exec(chunk)?.[0] ?? '';
  return start.length === chunk.length ? 0 : countLines(start);
}
