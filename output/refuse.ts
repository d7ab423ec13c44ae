import { readdirSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';

/** The output folder is not one that may be replaced. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/**
 * Refuses to replace a folder that is not a rendering: a typing error after `--to` must not cost anyone their work.
 *
 * @throws OutputError with what is in the way, and what to do
 */
export function refuseForeignFolder(to: string, from: string): void {
  for (const [name, path] of [
    ['the working directory', process.cwd()],
    ['the migrations', resolve(from)],
  ] as const) {
    if (isInside(path, to))
      throw new OutputError(
        `✖ cannot render into ${to}: ${name} would be replaced; give a folder of its own`,
      );
  }
  const foreign = entries(to).filter((entry) => !entry.isDirectory() || entry.name.startsWith('.'));
  if (foreign.length > 0) {
    const names = foreign.slice(0, 3).map((entry) => entry.name);
    throw new OutputError(
      `✖ cannot render into ${to}: it holds ${names.join(', ')}${foreign.length > 3 ? ', …' : ''}, which a rendering never does; move that away, or render elsewhere`,
    );
  }
}

function isInside(path: string, folder: string): boolean {
  const between = relative(resolve(folder), path);
  return (
    between === '' || !(between === '..' || between.startsWith(`..${sep}`) || resolve(between) === between)
  );
}

function entries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new OutputError(`✖ cannot render into ${folder}: it is a file`);
    throw error;
  }
}
