import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import picomatch from 'picomatch';
import type { TextFile, UnreadableFile } from '../../verify';
import { UsageError } from '../errors';

/** Folders of tools, which hold no manifests of one's own. */
const TOOLS = new Set(['node_modules', '.git']);

/** Names of files that can hold manifests, and the one of kustomize that has no ending. */
const MANIFEST = /\.(ya?ml|json)$|^Kustomization$/;

/** Reasons of the system, in words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ENOENT: 'the link leads nowhere',
  ELOOP: 'the link leads to itself',
};

/**
 * The files below paths that can hold manifests, read one by one.
 *
 * @param ignored globs of files and folders that are passed over; one without a slash matches names at any depth
 * @throws UsageError where a path does not exist
 */
export function* manifestFiles(
  paths: readonly string[],
  ignored: readonly string[],
): Generator<TextFile | UnreadableFile> {
  const ignores = ignored.map((glob) =>
    picomatch(glob.replace(/\/$/, ''), { dot: true, basename: !glob.includes('/') }),
  );
  const isIgnored = (path: string) => ignores.some((matches) => matches(path.replace(/^\.\//, '')));
  for (const path of paths)
    if (path === '-') yield decode('stdin', readFileSync(0));
    else if (isFolder(path)) {
      const real = realpathSync(path);
      yield* folder(path, { isIgnored, root: real, seen: new Set([real]) });
    } else if (!isIgnored(path)) yield read(path);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new UsageError(`✖ cannot read ${path}: ${code}`);
    throw new UsageError(
      `✖ there is no ${path}; \`meshferry synth\` renders into dist, other paths are to be named`,
    );
  }
}

/** A walk through a folder. */
interface Walk {
  readonly isIgnored: (path: string) => boolean;
  /** The folder that it started from, without links. */
  readonly root: string;
  /** Folders that links have led to, so that none is read twice. */
  readonly seen: Set<string>;
}

function* folder(path: string, walk: Walk): Generator<TextFile | UnreadableFile> {
  let entries: ReturnType<typeof listFolder>;
  try {
    entries = listFolder(path);
  } catch (error) {
    yield { file: path, reason: reasonOf(error) };
    return;
  }
  for (const entry of entries) {
    const below = join(path, entry.name);
    if (walk.isIgnored(below) || TOOLS.has(entry.name)) continue;
    if (entry.isDirectory() || (entry.isSymbolicLink() && leadsOutside(below, walk)))
      yield* folder(below, walk);
    else if (MANIFEST.test(entry.name) && !isLinkedFolder(entry, below)) yield read(below);
  }
}

/** Whether a link leads to a folder that the walk does not come to otherwise, nor started from. */
function leadsOutside(link: string, { root, seen }: Walk): boolean {
  if (!statSync(link, { throwIfNoEntry: false })?.isDirectory()) return false;
  const real = realpathSync(link);
  const isNew = ![...seen].some((folder) => isBelow(real, folder)) && !isBelow(root, real);
  if (isNew) seen.add(real);
  return isNew;
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function isLinkedFolder(entry: Dirent, path: string): boolean {
  return entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function listFolder(path: string) {
  return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function read(file: string): TextFile | UnreadableFile {
  try {
    return decode(file, readFileSync(file));
  } catch (error) {
    return { file, reason: reasonOf(error) };
  }
}

function decode(file: string, bytes: Uint8Array): TextFile | UnreadableFile {
  try {
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { file, reason: 'it is not UTF-8 text' };
  }
}

function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
}
