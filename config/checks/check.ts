import { overlap, type Path, type Problem } from '../problem';
import type { Migration } from '../resolve';
import type { MigrationDeclaration } from '../schema/schema';

/** A migration under check. */
export interface Subject {
  /** As the user wrote it: what is absent here was defaulted or derived. */
  readonly input: unknown;
  readonly declared: MigrationDeclaration;
  readonly migration: Migration;
}

/** Tells a problem: the path to the value, and what is wrong with it. */
export type Report = (path: Path, message: string) => void;

/** A check over several fields of one migration. */
export interface Check {
  /** Paths that must be sound for it to be judged, so that one fault is told once; `[]` is every index. */
  readonly reads: readonly Path[];
  run(subject: Subject, report: Report): void;
}

/** Runs the checks whose fields are sound. */
export function runChecks(
  checks: readonly Check[],
  subject: Subject,
  unsound: readonly Problem[],
): Problem[] {
  const problems: Problem[] = [];
  for (const check of checks) {
    if (check.reads.some((read) => unsound.some(({ path }) => overlap(read, path)))) continue;
    check.run(subject, (path, message) => problems.push({ path, message }));
  }
  return problems;
}

/** Whether `mode` and `ends` contradict each other, so that what follows from them can't be judged. */
export function endIsUnclear({ mode, ends }: MigrationDeclaration): boolean {
  return (mode === 'long-term') !== (ends !== undefined);
}
