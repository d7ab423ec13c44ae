import { statSync } from 'node:fs';
import type { Paths } from '../paths';

/** When the machine was last changed or found to be right, or undefined where that never was. */
export function lastReconciled({ journal }: Paths): Date | undefined {
  return statSync(journal, { throwIfNoEntry: false })?.mtime;
}
