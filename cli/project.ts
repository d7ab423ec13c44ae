import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MIGRATIONS = 'migrations';

/**
 * Goes to the project's folder, so that commands work from any folder in it: to the nearest one, from here up, that
 * holds `migrations/`. The search ends at the top of the repository. Where there is none, nothing changes, and the
 * command says what is missing.
 */
export function enterProject(): void {
  const project = projectAbove(process.cwd());
  if (project !== undefined) process.chdir(project);
}

function projectAbove(folder: string): string | undefined {
  const migrations = join(folder, MIGRATIONS);
  if (statSync(migrations, { throwIfNoEntry: false })?.isDirectory()) return folder;
  if (existsSync(join(folder, '.git')) || folder === dirname(folder)) return undefined;
  return projectAbove(dirname(folder));
}
