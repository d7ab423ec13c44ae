import type { Source } from '../manifests/manifest';
import { type ReadCache, readSources, UnreadableError } from '../manifests/read';
import type { Finding } from './finding';
import { entryOf } from './object-set';
import { verifyPhases } from './order';
import { isKnownKind } from './schema';
import { statesOf } from './states';
import { verifyManifests } from './verify-manifests';

/** A text, and what the user calls the file it is from. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** What a look at files found. */
export interface VerifyReport {
  /** Each once, however many phases repeat it: errors first, then by file and line. */
  readonly findings: readonly Finding[];
  /** Files that hold objects. */
  readonly files: number;
  /** Objects in them, previews included. */
  readonly objects: number;
  /** Objects by kind for which there is no schema here: only what others say of them is checked. */
  readonly withoutSchema: Readonly<Record<string, number>>;
}

/** Files that could not be read, all of them. */
export class UnreadableFilesError extends Error {
  constructor(readonly errors: readonly UnreadableError[]) {
    super(errors.map(({ message }) => `✖ ${message}`).join('\n'));
    this.name = 'UnreadableFilesError';
  }
}

/**
 * Checks files of manifests: each environment and each phase's preview by itself, and the order between neighbouring
 * phases. Files that are not about Kubernetes objects are passed over.
 *
 * @throws UnreadableFilesError with every file that is not valid YAML or JSON
 */
export function verifyFiles(texts: readonly TextFile[]): VerifyReport {
  const files = readAll(texts);
  const { states, plans } = statesOf(files);
  const all = [
    ...states.flatMap(({ sources, context, view }) => verifyManifests(sources, { context, view })),
    ...plans.flatMap(({ phases }) => verifyPhases(phases)),
  ];
  const sources = files.flatMap((file) => file.sources);
  return {
    findings: firstOfEach(all).sort(compare),
    files: files.length,
    objects: sources.length,
    withoutSchema: countUnknown(sources),
  };
}

function readAll(texts: readonly TextFile[]) {
  const cache: ReadCache = new Map();
  const errors: UnreadableError[] = [];
  const files = texts.flatMap(({ file, text }) => {
    try {
      const sources = readSources(file, text, cache);
      return sources.length > 0 ? [{ file, sources }] : [];
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      // Templates and the like are no manifests, and none of our business.
      if (/^\s*"?apiVersion"?\s*:/m.test(text)) errors.push(error);
      return [];
    }
  });
  if (errors.length > 0) throw new UnreadableFilesError(errors);
  return files;
}

/** Phases repeat each other: what is wrong in all of them is told for the first. */
function firstOfEach(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, Finding>();
  for (const one of findings) {
    const key = [one.id, one.object, one.path, one.message].join('\n');
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

function compare(one: Finding, other: Finding): number {
  return (
    one.severity.localeCompare(other.severity) ||
    (one.file ?? '').localeCompare(other.file ?? '') ||
    (one.line ?? 0) - (other.line ?? 0) ||
    one.id.localeCompare(other.id)
  );
}

function countUnknown(sources: readonly Source[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, group } of sources.map(entryOf))
    if (!isKnownKind(kind, group)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
