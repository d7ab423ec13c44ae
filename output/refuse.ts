import { type Dirent, readdirSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';

/** The output folder is not one that may be replaced. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/** Where a rendering's files lie: layers and previews of a migration, and what a mesh needs. */
const OURS = [
  /^(?:[^/]+\/)+(?:vm|workload|routing)\/manifests\.yaml$/,
  /^(?:[^/]+\/)+phases\/\d\d-[a-z0-9-]+\.yaml$/,
  /^(?:[^/]+\/)*mesh\/[a-z]+\/[a-z0-9-]+\.yaml$/,
];

/**
 * Whether a file, by its path in the output folder, may be one of a rendering. Whatever is rendered has to be: the
 * next run would refuse its folder.
 */
export function isOurs(path: string): boolean {
  return OURS.some((place) => place.test(path));
}

/**
 * Refuses to replace a folder that is not a rendering: a typing error after `--to` must not cost anyone their work.
 *
 * @throws OutputError with what is in the way, and what to do
 */
export function refuseForeignFolder(to: string, from: string): void {
  refusePlace(to, from);
  const foreign: string[] = [];
  findForeign(resolve(to), '', foreign);
  if (foreign.length > 0) {
    const names = `${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ', …' : ''}`;
    throw new OutputError(
      `✖ cannot render into ${to}: a rendering replaces the whole folder, and ${names} did not come from one; move that away, or render elsewhere`,
    );
  }
}

/**
 * Refuses a folder that holds what must stay, whatever else it holds.
 *
 * @throws OutputError with what is in the way, and what to do
 */
export function refusePlace(to: string, from: string): void {
  for (const [name, path] of [
    ['the working directory', process.cwd()],
    ['the migrations', resolve(from)],
  ] as const) {
    if (isInside(path, to)) {
      throw new OutputError(
        `✖ cannot render into ${to}: ${name} would be replaced; give a folder of its own`,
      );
    }
  }
}

function isInside(path: string, folder: string): boolean {
  const between = relative(resolve(folder), path);
  return (
    between === '' || !(between === '..' || between.startsWith(`..${sep}`) || resolve(between) === between)
  );
}

/** Stops at the fourth: it may be a folder of anything. */
function findForeign(root: string, folder: string, foreign: string[]) {
  for (const entry of entries(root, folder)) {
    const path = `${folder}${entry.name}`;
    if (foreign.length > 3) return;
    if (entry.isDirectory() && !entry.name.startsWith('.')) findForeign(root, `${path}/`, foreign);
    else if (!entry.isFile() || !isOurs(path)) foreign.push(path);
  }
}

function entries(root: string, folder: string): Dirent[] {
  try {
    return readdirSync(`${root}/${folder}`, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new OutputError(`✖ cannot render into ${root}: it is a file`);
    throw error;
  }
}
