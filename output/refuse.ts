import { closeSync, type Dirent, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isInside, leavesRepository, realPath } from '../config/reading/links';
import { type DistFile, fileAt, layerHeading, migrationFolder } from '../manifests/dist-layout';

/** The output folder is not one that may be replaced. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/**
 * Refuses an output folder that holds what must stay, or that links lead to out of the repository.
 *
 * @throws OutputError with what is in the way, and what to do
 */
export function refusePlace(to: string, from: string): void {
  for (const [name, path] of [
    ['the working directory', process.cwd()],
    ['the migrations', resolve(from)],
  ] as const) {
    if (isInside(path, resolve(to))) {
      throw new OutputError(
        `✖ cannot render into ${to}: ${name} would be replaced; give a folder of its own`,
      );
    }
  }
  if (leavesRepository(to)) {
    throw new OutputError(
      `✖ cannot render into ${to}: it is behind a link that leaves the repository, to ${realPath(to)}; put a folder in place of the link, or name that folder by --to`,
    );
  }
}

/**
 * Migrations that a folder holds the rendering of, by their ids. Refuses a folder that holds anything else: a typing
 * error after `--to` must not cost anyone their work.
 *
 * A file counts as rendered by its place and by what a rendering has there: a migration has previews, with their
 * heading, beside its layers, or a layer with an object that is labelled as meshferry's; so is what belongs to a mesh.
 *
 * @throws OutputError with what is in the way, and what to do
 */
export function migrationsIn(to: string): string[] {
  for (;;) {
    const before = identity(to);
    const { migrations, foreign } = look(resolve(to));
    // Another run put its own in place meanwhile: what was seen is half of one rendering and half of another.
    if (identity(to) !== before) continue;
    if (foreign.length === 0) return migrations;
    const names = `${foreign.slice(0, 3).join(', ')}${foreign.length > 3 ? ', …' : ''}`;
    throw new OutputError(
      `✖ cannot render into ${to}: a rendering replaces the whole folder, and ${names} did not come from one; move that away, or render elsewhere`,
    );
  }
}

function identity(folder: string): string {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats ? `${stats.ino} ${stats.ctimeMs}` : '';
}

function look(root: string): { migrations: string[]; foreign: string[] } {
  const found = new Map<string, DistFile>();
  const foreign: string[] = [];
  find(root, '', found, foreign);
  const migrations = new Set<string>();
  for (const [path, file] of found) {
    if (file.is !== 'preview') continue;
    if (head(join(root, path), PREVIEW.length) === PREVIEW) migrations.add(migrationFolder(file));
    else foreign.push(path);
  }
  const isLabelled = (path: string) => head(join(root, path), 4096).includes(LABEL);
  // Whoever deletes the previews by hand gets them back.
  for (const [path, file] of found)
    if (file.is === 'layer' && isLabelled(path)) migrations.add(migrationFolder(file));
  for (const [path, file] of found) {
    if (file.is === 'layer' && !migrations.has(migrationFolder(file))) foreign.push(path);
    if ((file.is === 'mesh' || file.is === 'sync') && !isLabelled(path)) foreign.push(path);
  }
  return { migrations: [...migrations].sort(), foreign };
}

/** What each preview begins with. */
const PREVIEW = layerHeading('vm');

/** Label of what is rendered for a mesh, and of an object or more in a migration's layers. */
const LABEL = 'app.kubernetes.io/managed-by: meshferry';

/** Stops at the fourth: it may be a folder of anything. */
function find(root: string, folder: string, found: Map<string, DistFile>, foreign: string[]) {
  for (const entry of entries(root, folder)) {
    const path = `${folder}${entry.name}`;
    if (foreign.length > 3) return;
    if (entry.isDirectory() && !entry.name.startsWith('.')) find(root, `${path}/`, found, foreign);
    else {
      const file = entry.isFile() ? fileAt(path) : undefined;
      if (file) found.set(path, file);
      else foreign.push(path);
    }
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

/** What a file begins with; nothing where it is gone by now. */
function head(file: string, length: number): string {
  const buffer = Buffer.alloc(length);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
  try {
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, length, 0));
  } finally {
    closeSync(descriptor);
  }
}
