import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dirname } from 'node:path/posix';
import { inputFiles, isMigration, loadSome } from '../../config/reading/load';
import { filesOf } from '../files';
import { refusePlace } from '../refuse';
import { locate } from '../work-folder';
import { type Begun, begin, end } from './begin';
import { BLOCK, FACTS, keepIndex } from './index-file';
import { keyOf, stampInput } from './inputs';
import { digestOfClaims, folderOf } from './make-index';
import type { Memory } from './memory';
import { type Change, patchFiles } from './patch';
import {
  COLUMNS,
  copyStamp,
  digest,
  digestAt,
  digestOfNames,
  isYoung,
  newStamps,
  type Stamps,
  sameStamp,
  setDigest,
  stampEntry,
  writeUnknown,
} from './stamp';

/**
 * Renders only the migrations that changed since the last rendering, and writes only the files that come out
 * different: byte for byte what rendering everything gives, in the time it takes to see that nothing else changed.
 *
 * It knows one way only: the same program, the same files in both folders, nothing in the output touched, some
 * migrations' own files changed, which render to files of the same names and claim what they claimed before. Whatever
 * else it meets (docs/cli.md has the list), it leaves everything as it is for a full rendering, which also finds the
 * words for what is wrong.
 *
 * @param memory what the run has begun, and which program renders
 * @returns number of files in the output folder; undefined where everything has to be rendered
 */
export function renderChanges(from: string, to: string, { program, begun }: Memory): number | undefined {
  const rendering = begun?.target === locate(to) ? begun : begin(to);
  if (!rendering) return undefined;
  try {
    if (program === undefined || JSON.stringify(rendering.index.key) !== JSON.stringify(keyOf(from, program)))
      throw new Doubt('another program');
    refusePlace(to, from);
    update({ ...rendering, from });
    return rendering.index.files;
  } catch {
    // A doubt, or a fault of the disk: a full rendering gets over it, or tells it.
    return undefined;
  } finally {
    end(rendering);
  }
}

interface Run extends Begun {
  readonly from: string;
}

/** Why everything has to be rendered. */
class Doubt extends Error {}

function update(run: Run): void {
  const { index, from, target, outputs } = run;
  if (inputFiles(from)?.join('\0') !== index.inputs.join('\0')) throw new Doubt('other input files');
  const inputs = compareInputs(run);
  const changes = changedFiles(run, inputs.changed);
  if (!outputs.sameOutputs()) throw new Doubt('an output was touched');
  const settled = compareYoung(run);
  if (changes.length > 0) place(run, changes);
  for (const [at, row] of inputs.rows.entries()) copyStamp(inputs.stamps, at, index.inputStamps, row);
  if (settled || changes.length > 0 || inputs.rows.length > 0) keepIndex(target, index);
}

/** Inputs whose stamps are others by now. */
interface Compared {
  readonly rows: readonly number[];
  /** New ones, taken before the files are read; a row for each of the rows. */
  readonly stamps: Stamps;
  /** Those of the rows whose content may be another, too. */
  readonly changed: readonly number[];
}

function compareInputs({ index, from, outputs, now }: Run): Compared {
  const changed = outputs.changedInputs();
  if (!changed) throw new Doubt('an output was touched');
  const { inputStamps } = index;
  const rows = [...changed.keys()].filter((row) => changed[row] === 1 || digestAt(inputStamps, row) !== 0);
  const stamps = newStamps(rows.length);
  const isSame = (row: number, at: number) => {
    const path = join(from, index.inputs[row] ?? '');
    stampInput(stamps, at, path, now);
    const content = digestAt(inputStamps, row);
    return (
      content !== 0 &&
      sameStamp(stamps, at, inputStamps, row) &&
      content === (digestAt(stamps, at) || digest(readFileSync(path)))
    );
  };
  return { rows, stamps, changed: rows.filter((row, at) => !isSame(row, at)) };
}

/** A file that comes out different. */
interface ChangedFile extends Change {
  /** Row of the file among the outputs. */
  readonly row: number;
  /** Row of its folder, and names of what that holds. */
  readonly folder: { readonly row: number; readonly holds: readonly string[] };
}

function changedFiles({ index, from, target }: Run, rows: readonly number[]): ChangedFile[] {
  if (rows.length === 0) return [];
  const names = rows.map((row) => index.inputs[row] ?? '');
  if (!names.every(isMigration)) throw new Doubt('a mesh changed');
  const loaded = loadSome(from, names);
  if (!loaded) throw new Doubt('something is wrong with an input');
  const own = new Map<string, number>();
  for (const [at, one] of loaded.entries()) {
    const [claims, first = 0, count = 0] = index.facts.subarray((rows[at] ?? 0) * FACTS);
    if (digestOfClaims(one) !== claims) throw new Doubt('it may get into the way of another now');
    for (const [offset, name] of index.names(first, first + count).entries()) {
      if (!name.startsWith(folderOf(one))) throw new Doubt('the index is wrong');
      own.set(name, first + offset);
    }
  }
  const files = filesOf(loaded);
  for (const name of own.keys())
    if (!name.endsWith('/') && !files.has(name)) throw new Doubt('a file is too many');
  return [...files].flatMap(([path, text]): ChangedFile[] => {
    if (readFileSync(join(target, path), 'utf8') === text) return [];
    const [row, folder] = [own.get(path), own.get(`${dirname(path)}/`)];
    if (row === undefined || folder === undefined) throw new Doubt('it changes what it shares with others');
    const was = [...index.outputStamps.subarray(row * COLUMNS, row * COLUMNS + COLUMNS - 1)];
    return [{ path, text, was, row, folder: { row: folder, holds: childrenOf(dirname(path), own) } }];
  });
}

function childrenOf(folder: string, paths: ReadonlyMap<string, number>): string[] {
  const below = [...paths.keys()].filter((path) => path.startsWith(`${folder}/`));
  const names = below.map((path) => path.slice(folder.length + 1).split('/')[0] ?? '');
  return [...new Set(names)].filter(Boolean);
}

/**
 * Compares the content of outputs that were too young for their stamps to be trusted alone, and of the output folder.
 *
 * @returns whether some are trusted by their stamps from now on
 */
function compareYoung({ index, target, now }: Run): boolean {
  const { outputStamps: stamps } = index;
  if (digestOfNames(readdirSync(target)) !== index.top) throw new Doubt('an output was touched');
  let settled = false;
  for (let first = 0; first * COLUMNS < stamps.length; first += BLOCK) {
    let names: string[] | undefined;
    for (let row = first; row < first + BLOCK; row++) {
      const expected = digestAt(stamps, row);
      if (!expected) continue;
      names ??= index.names(first, first + BLOCK);
      const path = join(target, names[row - first] ?? '');
      const found = path.endsWith('/') ? digestOfNames(readdirSync(path)) : digest(readFileSync(path));
      if (found !== expected) throw new Doubt('an output was touched');
      if (isYoung(stamps, row, now)) continue;
      setDigest(stamps, row, 0);
      settled = true;
    }
  }
  return settled;
}

/** Puts the changed files in place, and their stamps into the index. */
function place({ index, target, work }: Run, changes: readonly ChangedFile[]): void {
  const { outputStamps: stamps } = index;
  const found = patchFiles(target, work, changes);
  for (const [at, { row, text }] of changes.entries()) {
    copyStamp(found, at, stamps, row);
    setDigest(stamps, row, digest(text));
  }
  for (const { path, folder } of changes) {
    // Stamped before it is looked at: what comes in between differs from the stamp.
    stampEntry(stamps, folder.row, join(target, dirname(path)));
    const holds = digestOfNames(readdirSync(join(target, dirname(path))));
    if (holds === digestOfNames(folder.holds)) setDigest(stamps, folder.row, holds);
    else writeUnknown(stamps, folder.row);
  }
}
