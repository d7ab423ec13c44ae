import type { Source } from '../manifests/manifest';
import type { Finding } from './finding';
import { entryOf } from './object-set';
import { verifyPhases } from './phases';
import { readFiles, type TextFile, type UnreadableFile } from './read-files';
import { isKnownKind } from './schema';
import { statesOf } from './states';
import { byFolder } from './unnamed-namespace';
import { verifyManifests } from './verify-manifests';

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

/** How to look at files. */
export interface VerifyFilesOptions {
  /**
   * Whether the files hold all objects of a cluster, so that what they miss is missing.
   *
   * @default false
   */
  readonly complete?: boolean;
  /** Called now and then with what is under way. @default - nothing is called */
  readonly onProgress?: (progress: Progress) => void;
}

/** How far a look at files has come. */
export interface Progress {
  /** `reading`: files so far; `checking`: percent of the checks. */
  readonly step: 'reading' | 'checking';
  readonly done: number;
}

/**
 * Checks files of manifests: each environment and each phase's preview by itself, and the order between neighbouring
 * phases. A file that cannot be read is a finding; files that are not about Kubernetes objects are passed over.
 */
export function verifyFiles(
  texts: Iterable<TextFile | UnreadableFile>,
  { complete = false, onProgress = () => undefined }: VerifyFilesOptions = {},
): VerifyReport {
  let read = 0;
  const { files, findings } = readFiles(texts, () => onProgress({ step: 'reading', done: ++read }));
  const { states, plans } = statesOf(files);
  const looked = states.map(({ sources, context, view }, index) => ({
    view,
    findings: verifyManifests(view === 'files' && !complete ? byFolder(sources) : sources, {
      context,
      view: complete ? 'cluster' : view,
      onCheck: (done) =>
        onProgress({ step: 'checking', done: Math.floor((100 * (index + done)) / states.length) }),
    }),
  }));
  const found = (rendered: boolean) =>
    looked.filter(({ view }) => (view === 'rendering') === rendered).flatMap((state) => state.findings);
  const phases = plans.flatMap((plan) => verifyPhases(plan.phases));
  const all = [...findings, ...found(false), ...firstOfEach([...found(true), ...phases])];
  const sources = files.flatMap((file) => file.sources);
  return {
    findings: all.sort(compare),
    files: files.length,
    objects: sources.length,
    withoutSchema: countUnknown(sources),
  };
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

const SEVERITIES: readonly Finding['severity'][] = ['error', 'note', 'ignored'];

function compare(one: Finding, other: Finding): number {
  return (
    SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
    order(one.file ?? '', other.file ?? '') ||
    (one.line ?? 0) - (other.line ?? 0) ||
    order(one.id, other.id)
  );
}

function order(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function countUnknown(sources: readonly Source[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind, group } of sources.map(entryOf))
    if (!isKnownKind(kind, group)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
