import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';
import { findConflicts, type Neighbour } from '../checks/conflicts';
import { tellMesh } from '../checks/mesh';
import { ConfigError, type ConfigIssue } from '../error';
import { show } from '../explain';
import { didYouMean } from '../nearest';
import type { Problem } from '../problem';
import type { Migration } from '../resolve';
import { routingOf } from '../routing-output';
import { DNS_LABEL_RULE, isDnsLabel } from '../schema/scalars';
import type { Mesh } from '../schema/schema';
import { displayPath } from './display-path';
import { leavesRepository } from './links';
import { type InputFile, readInput } from './read';
import { validateMesh, validateMigration } from './validate';

const MESH_FILE = 'mesh.yaml';

/** A migration with the place it was declared in. */
export interface LoadedMigration {
  readonly migration: Migration;
  readonly mesh: Mesh;
  /** Name with the environment in front, unique among all migrations: `prod/analytics`. */
  readonly id: string;
  /** Folder inside the migrations' folder, with "/" between levels; `''` at its top. Each level is a DNS label. */
  readonly environment: string;
  /** The file that declares it, relative to the working directory. */
  readonly file: string;
}

/**
 * Reads every migration of a folder: each `.yaml` file at any depth but `mesh.yaml`, with the mesh of the nearest
 * `mesh.yaml` in its own folder or above, up to `dir`. Folders and files whose name begins with a dot are left out.
 *
 * @param dir the folder, absolute or relative to the working directory
 * @returns the migrations, sorted by environment, then by name
 * @throws ConfigError with everything that is wrong in any of the files
 */
export function loadMigrations(dir: string): LoadedMigration[] {
  const issues: ConfigIssue[] = [];
  const meshes: ReadMesh[] = [];
  const read = readAll(dir, findFiles(dir, issues).filter(isMigration), issues, meshes);
  issues.push(...unknownEnvironments(meshes, read));
  const neighbours = new Map<Neighbour, InputFile>();
  for (const { input, environment, mesh, migration, problems } of read) {
    if (!migration) continue;
    const clusterDomain = mesh?.clusterDomain ?? 'cluster.local';
    neighbours.set({ migration, environment, clusterDomain, file: input.file, problems }, input);
  }
  findConflicts([...neighbours.keys()], (of, path, message) => {
    const issue = neighbours.get(of)?.issue(path, message);
    if (issue) issues.push(issue);
  });
  if (issues.length > 0) throw new ConfigError(issues.sort(byPlace));
  return read
    .flatMap(complete)
    .sort((a, b) => compare(a.environment, b.environment) || compare(a.migration.name, b.migration.name));
}

/**
 * Names of all files that {@link loadMigrations} reads, `mesh.yaml` among them, from the folder and sorted.
 *
 * @returns undefined where it would find something wrong already
 */
export function inputFiles(dir: string): string[] | undefined {
  const issues: ConfigIssue[] = [];
  const files = findFiles(dir, issues);
  return issues.length > 0 ? undefined : files;
}

/**
 * Reads some of the migrations of a folder that could be read as a whole before. Each is checked by itself; whether
 * it gets into the way of another is not looked at: `claimKeys` of config/conflicts.ts tell whether it may.
 *
 * @param names of migrations' files, from the folder
 * @returns the migrations in the order of the names; undefined where anything is wrong: reading all of them tells it
 */
export function loadSome(dir: string, names: readonly string[]): LoadedMigration[] | undefined {
  const issues: ConfigIssue[] = [];
  const read = readAll(dir, names, issues);
  const loaded = read.flatMap(complete);
  return issues.length > 0 || loaded.length < names.length ? undefined : loaded;
}

/** Whether an input file declares a migration, not a mesh. */
export function isMigration(path: string): boolean {
  return basename(path) !== MESH_FILE;
}

/** A file, and what became of it so far. */
interface ReadMigration {
  readonly input: InputFile;
  readonly environment: string;
  readonly mesh?: Mesh | undefined;
  readonly migration?: Migration;
  readonly problems: readonly Problem[];
}

/** A mesh that a migration is in. */
interface ReadMesh {
  readonly input: InputFile;
  readonly mesh: Mesh;
}

/** A misspelt environment would guard nothing, and nobody would notice before a migration moves. */
function unknownEnvironments(meshes: readonly ReadMesh[], read: readonly ReadMigration[]): ConfigIssue[] {
  const known = [...new Set(read.map(({ environment }) => environment))].filter(Boolean);
  return meshes.flatMap(({ input, mesh: { after } }) => {
    if (after === undefined || known.includes(after)) return [];
    const there = known.length > 0 ? `there are ${known.join(', ')}` : 'there is none';
    return [
      input.issue(
        ['after'],
        `${show(after)} names no environment that holds a migration; ${there}${didYouMean(after, known)}`,
      ),
    ];
  });
}

function readAll(
  dir: string,
  names: readonly string[],
  issues: ConfigIssue[],
  meshes: ReadMesh[] = [],
): ReadMigration[] {
  const meshOf = meshReader(dir, issues, meshes);
  const checkEnvironment = environmentChecker(dir, issues);
  return names.map((name) => {
    const path = join(dir, name);
    const input = readInput(path, 'namespace, phase and ports');
    issues.push(...input.issues);
    const environment = relative(dir, dirname(path)).replaceAll('\\', '/');
    checkEnvironment(environment);
    const mesh = meshOf(dirname(path), input);
    const validated = validate(input, basename(path, '.yaml'), issues);
    const { migration } = validated;
    if (!migration || !mesh) return { input, environment, mesh, ...validated };
    tellMesh(migration, mesh, (path, message) => issues.push(input.issue(path, message)));
    return {
      input,
      environment,
      mesh,
      ...validated,
      migration: { ...migration, routing: routingOf(migration, mesh) },
    };
  });
}

function complete({ input: { file }, environment, mesh, migration }: ReadMigration): LoadedMigration[] {
  if (!migration || !mesh) return [];
  const id = environment === '' ? migration.name : `${environment}/${migration.name}`;
  return [{ migration, mesh, id, environment, file }];
}

/**
 * Checks each folder's name once. It ends up in names of branches, in commit messages, in commands to copy and in the
 * names of the controllers' objects.
 */
function environmentChecker(dir: string, issues: ConfigIssue[]): (environment: string) => void {
  const checked = new Set<string>();
  const check = (folder: string): void => {
    if (folder === '.' || checked.has(folder)) return;
    checked.add(folder);
    check(posix.dirname(folder));
    const name = posix.basename(folder);
    if (isDnsLabel(name)) return;
    issues.push({
      message: `${show(name)} names an environment and ${DNS_LABEL_RULE}; rename the folder`,
      path: '',
      file: displayPath(join(dir, folder)),
    });
  };
  return (environment) => check(environment || '.');
}

function validate(
  input: InputFile,
  name: string,
  issues: ConfigIssue[],
): { readonly migration?: Migration; readonly problems: readonly Problem[] } {
  if (input.value === undefined) return { problems: [] };
  const { migration, problems } = validateMigration(input.value, name);
  for (const { path, message } of problems) issues.push(input.issue(path, message));
  return { problems, ...(migration && { migration }) };
}

/** Names of the files of migrations and meshes, from the folder, with "/" between levels. */
function findFiles(dir: string, issues: ConfigIssue[]): string[] {
  const found: string[] = [];
  const search = (folder: string): void => {
    const entries = readdirSync(join(dir, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => compare(a.name, b.name))) {
      const name = `${folder}${entry.name}`;
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) search(`${name}/`);
      else if (entry.isSymbolicLink() && leadsToFolder(dir, name, issues)) continue;
      else if (/\.ya?ml$/i.test(entry.name) && isRead(dir, name, issues)) found.push(name);
    }
  };
  const tell = (message: string) => issues.push({ message, path: '', file: displayPath(dir) });
  try {
    if (leavesRepository(dir)) {
      tell('is behind a link that leaves the repository: put the folder itself in its place');
      return found;
    }
    search('');
  } catch (error) {
    tell(noFolder(error as NodeJS.ErrnoException));
    return found;
  }
  if (!found.some(isMigration) && issues.length === 0) {
    tell(`holds no migration: declare one in ${displayPath(dir)}/<name>.yaml`);
  }
  return found;
}

/**
 * Tells of a link to a folder, or to nothing: to follow it could lead out of the repository or in a circle, and to leave
 * it out would render an environment away.
 */
function leadsToFolder(dir: string, name: string, issues: ConfigIssue[]): boolean {
  const tell = (message: string) => issues.push({ message, path: '', file: displayPath(join(dir, name)) });
  // Reading it tells what is wrong with it.
  if (/\.ya?ml$/i.test(name)) return false;
  let isFile: boolean;
  try {
    isFile = !statSync(join(dir, name)).isDirectory();
  } catch (error) {
    tell(`is a link that leads nowhere (${(error as NodeJS.ErrnoException).code}): remove it`);
    return true;
  }
  if (!isFile)
    tell(
      'is a link to a folder, and is not followed: put a folder in its place; the files in it may be links',
    );
  return true;
}

function isRead(dir: string, name: string, issues: ConfigIssue[]): boolean {
  if (name.endsWith('.yaml')) return true;
  const renamed = basename(name).replace(/\.ya?ml$/i, '.yaml');
  issues.push({
    message: `is not read: rename it to ${renamed}`,
    path: '',
    file: displayPath(join(dir, name)),
  });
  return false;
}

function noFolder({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such folder: `meshferry init` makes one with an example';
  if (code === 'ENOTDIR') return 'is not a folder';
  return `can't be read: ${code ?? message}`;
}

/** Finds the mesh of a folder; each file is read once. */
function meshReader(
  dir: string,
  issues: ConfigIssue[],
  meshes: ReadMesh[],
): (folder: string, user: InputFile) => Mesh | undefined {
  const found = new Map<string, { readonly mesh?: Mesh } | undefined>();
  const search = (folder: string): { readonly mesh?: Mesh } | undefined => {
    if (!found.has(folder)) {
      const own = readdirSync(folder).includes(MESH_FILE)
        ? readMesh(join(folder, MESH_FILE), issues, meshes)
        : undefined;
      found.set(folder, own ?? (relative(dir, folder) === '' ? undefined : search(dirname(folder))));
    }
    return found.get(folder);
  };
  const told = new Set<string>();
  return (folder, user) => {
    const nearest = search(folder);
    if (nearest === undefined && !told.has(folder)) {
      told.add(folder);
      const places = foldersUp(dir, folder).map((one) => displayPath(join(one, MESH_FILE)));
      issues.push({
        message: `there is no mesh.yaml for this migration: looked for ${places.join(', ')}; declare at least istio in one`,
        path: '',
        file: user.file,
      });
    }
    return nearest?.mesh;
  };
}

/**
 * Reads one mesh.yaml.
 *
 * @throws ConfigError with everything that is wrong in it
 */
export function loadMesh(path: string): Mesh {
  const issues: ConfigIssue[] = [];
  const { mesh } = readMesh(path, issues);
  if (!mesh || issues.length > 0) throw new ConfigError(issues);
  return mesh;
}

function readMesh(path: string, issues: ConfigIssue[], meshes: ReadMesh[] = []): { readonly mesh?: Mesh } {
  const input = readInput(path, 'istio');
  issues.push(...input.issues);
  if (input.value === undefined) return {};
  const { mesh, problems } = validateMesh(input.value);
  for (const { path: at, message } of problems) issues.push(input.issue(at, message));
  if (mesh) meshes.push({ input, mesh });
  return mesh ? { mesh } : {};
}

function foldersUp(dir: string, folder: string): string[] {
  return relative(dir, folder) === '' ? [folder] : [folder, ...foldersUp(dir, dirname(folder))];
}

function byPlace(a: ConfigIssue, b: ConfigIssue): number {
  return (
    compare(a.file ?? '', b.file ?? '') || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
  );
}

/** By code unit, so that the order is the same on any machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
