import { fields, text } from '../manifests/manifest';
import type { Finding, ManifestProblem } from './finding';
import type { Entry } from './object-set';

/** Annotation of an object that tells which findings about it are meant to be, and why. */
export const IGNORE = 'meshferry.dev/ignore';

const PATH = ['metadata', 'annotations', IGNORE];

/** A finding that its object's annotation expects. */
export interface Suppressed {
  readonly finding: Finding;
  readonly reason: string;
}

/**
 * Why findings of a check are expected on an object, by the check's id. The annotation holds `<id>: <reason>` on each
 * line, or between semicolons.
 */
export function reasonsOf({ manifest }: Entry): ReadonlyMap<string, string> {
  return new Map(
    linesOf(manifest).flatMap((line) => {
      const [, id, reason] = /^(MF\d{3})\s*:\s*(\S.*)$/.exec(line) ?? [];
      return id && reason ? [[id, reason] as const] : [];
    }),
  );
}

/** What is wrong with the annotation itself: a line without a reason, or for a check that does not exist. */
export function* suppressionProblems(entry: Entry, ids: ReadonlySet<string>): Generator<ManifestProblem> {
  const reasons = reasonsOf(entry);
  for (const line of linesOf(entry.manifest)) {
    const id = /^MF\d{3}/.exec(line)?.[0];
    if (id && !ids.has(id))
      yield {
        entry,
        path: PATH,
        message: `there is no check ${id} that can be ignored`,
        fix: 'use the id that the finding shows, or remove the line',
      };
    else if (!id || !reasons.has(id))
      yield {
        entry,
        path: PATH,
        message: `${JSON.stringify(line)} gives no reason: the finding stays`,
        fix: `write ${id ?? 'MF202'}: and why the finding is expected here`,
      };
  }
}

function linesOf(manifest: Entry['manifest']): string[] {
  const value = text(fields(fields(manifest.metadata).annotations)[IGNORE]) ?? '';
  return value
    .split(/[\n;]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
