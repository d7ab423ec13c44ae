import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownFolder, readOwn, writeOwn } from '../own-folder';
import type { Names } from './parts';
import { digest, type Stamp } from './stamp';

/**
 * The index of a rendering: which program made which files from which, and what all of them looked like when it was
 * done. It is worth nothing but time: without it, or where anything about it is in doubt, everything is rendered.
 */
export interface Index {
  readonly key: Key;
  /** The files that were read, by their names from the folder of the migrations. */
  readonly inputs: Record<string, Input>;
  /** By the folders of the parts. */
  readonly parts: Record<string, Part>;
  /** Lists of names, since most migrations have the same. */
  readonly shapes: readonly Names[];
  /** Number of files in the output folder. */
  readonly files: number;
  /** Digest of the names in the output folder itself: it is moved about, which changes its stamp. */
  readonly top: number;
}

/** What a rendering depends on beside the content of its inputs; equal keys are equal as JSON. */
export interface Key {
  readonly program: string;
  /** Folder of the migrations, absolute and without links. */
  readonly from: string;
  /** Variables of the environment that change how cdk8s writes. */
  readonly settings: readonly (readonly [name: string, value: string | undefined])[];
}

/** An input as it was before it was read. */
export interface Input {
  /** Undefined for a link, which counts as changed each time: what it leads to has a stamp of its own. */
  readonly stamp?: Stamp | undefined;
  /** Digest of the content; absent where the stamp alone will do. */
  readonly content?: number | undefined;
  /** Of a migration: folder of its part, and a digest of what it claims among the others. */
  readonly migration?: { readonly folder: string; readonly claims: number } | undefined;
}

/** A part as it was put in place. */
export interface Part {
  /** Position of its names among the shapes. */
  readonly shape: number;
  readonly stamps: number;
  /** Digest of the content; absent where the stamps alone will do. */
  readonly content?: number | undefined;
}

/** Raised whenever the file changes its form. */
const FORMAT = 3;
/** Days after which an index that nobody renewed is removed. */
const KEPT = 30;

/** The index of an output folder, where there is one. */
export function readIndex(target: string): Index | undefined {
  const file = indexFile(target);
  const text = file === undefined ? undefined : readOwn(file);
  if (text === undefined) return undefined;
  const json = text.slice(text.indexOf('\n') + 1);
  return text === withCheck(json) ? JSON.parse(json) : undefined;
}

/** Keeps an index. Without a place to keep it there is none. */
export function keepIndex(target: string, index: Index): void {
  const file = indexFile(target);
  try {
    if (file !== undefined) writeOwn(file, withCheck(JSON.stringify(index)));
  } catch {
    // The next run renders everything.
  }
}

/** Removes indexes of folders that nobody has rendered into for long. */
export function removeOldIndexes(target: string): void {
  const file = indexFile(target);
  if (file === undefined) return;
  const folder = dirname(file);
  const oldest = Date.now() - KEPT * 24 * 3600 * 1000;
  for (const name of readdirSync(folder)) {
    const old = statSync(join(folder, name), { throwIfNoEntry: false });
    if (old && old.mtimeMs < oldest) rmSync(join(folder, name), { force: true });
  }
}

/** Where the index of an output folder lies. Should two folders share one, the outputs of either are not the other's. */
export function indexFile(target: string): string | undefined {
  const folder = ownFolder();
  return folder && join(folder, digest(target).toString(16));
}

/** What is damaged does not fit the digest in its first line. */
function withCheck(json: string): string {
  return `${FORMAT} ${digest(json)}\n${json}`;
}
