import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { inputFiles, isMigration, loadSome } from '../../config/reading/load';
import { type Files, filesOf } from '../files';
import { type Index, type Input, keepIndex, type Part, readIndex } from './index-file';
import { claimsOf, folderOf, keyOf, lookAtInput, timeOf } from './make-index';
import { contentOnDisk, contentRendered, type Names, partsOf, SHARED, stampPart } from './parts';
import { beginPatch, type Change, patchFiles } from './patch';
import { digest, digestOfNames, isRacy, sameStamp, stampOf } from './stamp';

/**
 * Renders only the migrations that changed since the last rendering, and writes only the files that come out
 * different: byte for byte what rendering everything gives, in the time it takes to see that nothing else changed.
 *
 * It knows one way only: the same program, the same files in both folders, nothing in the output touched, some
 * migrations' own files changed, which render to files of the same names and claim what they claimed before. Whatever
 * else it meets (docs/reference/cli.md has the list), it leaves everything as it is for a full rendering, which also
 * finds the words for what is wrong.
 *
 * @param target the output folder, without links
 * @param program which program renders
 * @returns number of files in the output folder; undefined where everything has to be rendered
 */
export function renderChanges(from: string, target: string, program: string): number | undefined {
  let work: string | undefined;
  try {
    const index = readIndex(target);
    if (!index || JSON.stringify(index.key) !== JSON.stringify(keyOf(from, program))) return undefined;
    work = beginPatch(target);
    if (work === undefined) return undefined;
    update({ index, from, target, work, now: timeOf(work) });
    return index.files;
  } catch (error) {
    // A doubt, or a fault of the disk: a full rendering gets over it, or tells it.
    if (error instanceof Doubt || (error as NodeJS.ErrnoException).code) return undefined;
    throw error;
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  }
}

interface Run {
  readonly index: Index;
  readonly from: string;
  readonly target: string;
  readonly work: string;
  /** Time by our clock, or by that of the output's disk where it is behind. */
  readonly now: number;
}

/** Why everything has to be rendered. */
class Doubt extends Error {}

function update(run: Run): void {
  const { index, from, target, work } = run;
  if (inputFiles(from)?.join('\0') !== Object.keys(index.inputs).join('\0')) throw new Doubt('other inputs');
  const { inputs, changed } = compareInputs(run);
  const migrations = changed.length > 0 ? renderSome(run, changed) : [];
  const parts = compareParts(run);
  const changes = migrations.flatMap((one) => one.changes);
  if (changes.length > 0) patchFiles(target, work, changes);
  for (const { folder, part, names, files, changes } of migrations) {
    if (changes.length === 0) continue;
    // The content is what was rendered: whatever else comes to be on the disk meanwhile will differ.
    const content = contentRendered(files, folder, names);
    parts[folder] = { ...part, stamps: stampPart(target, folder, names).digest, content };
  }
  if (Object.keys(inputs).length + Object.keys(parts).length === 0) return;
  keepIndex(target, {
    ...index,
    inputs: { ...index.inputs, ...inputs },
    parts: { ...index.parts, ...parts },
  });
}

/** Inputs that are to be told by another stamp from now on, and the names of those whose content may be another. */
function compareInputs({ index, from, now }: Run) {
  const inputs: Record<string, Input> = {};
  const changed: string[] = [];
  for (const [name, input] of Object.entries(index.inputs)) {
    const path = join(from, name);
    const { stamp, content } = input;
    if (stamp && content === undefined && sameStamp(stampOf(path), stamp)) continue;
    const found = lookAtInput(path, now);
    inputs[name] = { ...input, stamp: found.stamp, content: found.content };
    const isSame =
      stamp &&
      content !== undefined &&
      sameStamp(found.stamp, stamp) &&
      content === (found.content ?? digest(readFileSync(path)));
    if (!isSame) changed.push(name);
  }
  return { inputs, changed };
}

/** A migration that was rendered anew. */
interface RenderedMigration {
  readonly folder: string;
  readonly part: Part;
  readonly names: Names;
  readonly files: Files;
  /** Its files that come out different. */
  readonly changes: readonly Change[];
}

function renderSome({ index, from, target }: Run, names: readonly string[]): RenderedMigration[] {
  if (!names.every(isMigration)) throw new Doubt('a mesh changed');
  const loaded = loadSome(from, names);
  if (!loaded) throw new Doubt('something is wrong with an input');
  for (const [at, one] of loaded.entries()) {
    const { migration } = index.inputs[names[at] ?? ''] ?? {};
    if (migration?.folder !== folderOf(one) || migration.claims !== claimsOf(one))
      throw new Doubt('it may get into the way of another now');
  }
  const files = filesOf(loaded);
  const changed = (folder: string, own: Names): Change[] =>
    own.flatMap((name) => {
      const [path, text] = [folder + name, files.get(folder + name)];
      return text === undefined || text === readFileSync(join(target, path), 'utf8') ? [] : { path, text };
    });
  return [...partsOf(files.keys())].flatMap(([folder, own]) => {
    const changes = changed(folder, own);
    if (folder === SHARED) {
      if (changes.length > 0) throw new Doubt('it changes what it shares with others');
      return [];
    }
    const part = index.parts[folder];
    if (!part || index.shapes[part.shape]?.join('\0') !== own.join('\0')) throw new Doubt('other files');
    return { folder, part, names: own, files, changes };
  });
}

/**
 * Compares all parts with what was put in place.
 *
 * @returns parts that are trusted by their stamps alone from now on
 */
function compareParts({ index, target, now }: Run): Record<string, Part> {
  const settled: Record<string, Part> = {};
  const touched = new Doubt('an output was touched');
  if (digestOfNames(readdirSync(target)) !== index.top) throw touched;
  for (const [folder, part] of Object.entries(index.parts)) {
    const names = index.shapes[part.shape] ?? [];
    const stamps = stampPart(target, folder, names);
    if (stamps.digest !== part.stamps) throw touched;
    if (part.content === undefined) continue;
    if (contentOnDisk(target, folder, names) !== part.content) throw touched;
    if (!isRacy(stamps.changed, now)) settled[folder] = { ...part, content: undefined };
  }
  return settled;
}
