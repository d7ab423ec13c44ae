import { statSync } from 'node:fs';
import type { Paths } from '../paths';

/** When the agent last changed the machine or found nothing to change; undefined if it never ran. */
export function lastReconciled({ journal }: Paths): Date | undefined {
  return statSync(journal, { throwIfNoEntry: false })?.mtime;
}
