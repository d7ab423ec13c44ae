import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { COLUMNS, digest, type Stamps } from './stamp';

/**
 * The index of a rendering: which program made which files from which, and the stamps of all of them. It is kept in
 * the user's cache, never in the output folder, and is worth nothing but time: without it, or where anything about it
 * is in doubt, everything is rendered.
 *
 * One flat file, since tens of thousands of entries have to be there within milliseconds: sizes, a header as JSON,
 * tables of numbers, names. It is read into memory that threads share, and looked at where it lies.
 */
export interface Index {
  readonly key: Key;
  /** Names of the input files, from the folder of the migrations. */
  readonly inputs: readonly string[];
  /** A row for each input. */
  readonly inputStamps: Stamps;
  /** {@link FACTS} numbers for each input. */
  readonly facts: Float64Array;
  /** A row for each folder and file of the output but the output folder itself, in the order of the names. */
  readonly outputStamps: Stamps;
  /** Number of outputs that are files. */
  readonly files: number;
  /** Digest of the names in the output folder itself: it is moved about, which changes its stamp. */
  readonly top: number;
  /** Names of the outputs from `first` to before `end`, from the output folder. */
  names(first: number, end: number): string[];
  /** All of the file. */
  readonly bytes: SharedArrayBuffer;
  /** Where in it the names of the inputs begin, by blocks of {@link BLOCK} of them, and where the last ends. */
  readonly inputBlocks: readonly number[];
  /** And of the outputs. */
  readonly outputBlocks: readonly number[];
}

/** What a rendering depends on beside the content of its inputs; equal keys are equal as JSON. */
export interface Key {
  readonly program: string;
  /** Folder of the migrations, absolute and without links. */
  readonly from: string;
  /** Variables of the environment that change how cdk8s writes. */
  readonly settings: readonly (readonly [name: string, value: string | undefined])[];
}

/** What is known of an input: a digest of what it claims among the others, its first output, its number of outputs. */
export const FACTS = 3;

/** Names are found by blocks of so many. */
export const BLOCK = 500;

/** Raised whenever the file changes its form. */
const FORMAT = 2;
const MAGIC = 0x6d_66_72_31;
const SIZES = 16;
/** No name of a file holds it. */
const BETWEEN = '\0';
/** Days after which an index that nobody renewed is removed. */
const KEPT = 30;

interface Header {
  readonly key: Key;
  readonly inputs: number;
  readonly outputs: number;
  readonly files: number;
  readonly top: number;
  /** Bytes of the names of each block, of the inputs and then of the outputs. */
  readonly blocks: readonly number[];
}

/** An index with empty tables, to be filled in. */
export function newIndex(
  key: Key,
  inputs: readonly string[],
  outputs: readonly string[],
  { files, top }: Pick<Index, 'files' | 'top'>,
): Index {
  const blocks = [...inBlocks(inputs), ...inBlocks(outputs)];
  const header: Header = {
    key,
    inputs: inputs.length,
    outputs: outputs.length,
    files,
    top,
    blocks: blocks.map(({ length }) => length),
  };
  const json = Buffer.from(JSON.stringify(header));
  const start = SIZES + Math.ceil(json.length / 8) * 8;
  const text = Buffer.concat(blocks);
  const tables = 8 * (inputs.length * (COLUMNS + FACTS) + outputs.length * COLUMNS);
  const bytes = new SharedArrayBuffer(start + tables + text.length);
  const buffer = Buffer.from(bytes);
  buffer.writeUInt32LE(MAGIC + FORMAT, 0);
  buffer.writeUInt32LE(json.length, 4);
  buffer.writeDoubleLE(bytes.byteLength, 8);
  json.copy(buffer, SIZES);
  text.copy(buffer, start + tables);
  return view(bytes, header, start);
}

/** The index of an output folder, where there is one. */
export function readIndex(target: string): Index | undefined {
  let bytes: SharedArrayBuffer;
  try {
    bytes = readShared(indexFile(target));
  } catch {
    return undefined;
  }
  const buffer = Buffer.from(bytes);
  if (buffer.length < SIZES || buffer.readUInt32LE(0) !== MAGIC + FORMAT) return undefined;
  if (buffer.readDoubleLE(8) !== bytes.byteLength) return undefined;
  const length = buffer.readUInt32LE(4);
  try {
    const header: Header = JSON.parse(buffer.toString('utf8', SIZES, SIZES + length));
    return view(bytes, header, SIZES + Math.ceil(length / 8) * 8);
  } catch {
    return undefined;
  }
}

/** Keeps an index, whole or not at all, where only the user can read it. Without a place to keep it there is none. */
export function keepIndex(target: string, { bytes }: Index): void {
  const file = indexFile(target);
  const beside = `${file}.${process.pid}`;
  try {
    const folder = cacheFolder();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(beside, Buffer.from(bytes), { mode: 0o600 });
    // A file that replaces another is written to the disk at once by some file systems: that would be waited for.
    rmSync(file, { force: true });
    renameSync(beside, file);
  } catch {
    removeOptional(beside);
  }
}

/** Removes indexes of folders that nobody has rendered into for long. */
export function removeOldIndexes(): void {
  try {
    const folder = cacheFolder();
    const oldest = Date.now() - KEPT * 24 * 3600 * 1000;
    for (const name of readdirSync(folder)) {
      if (statSync(join(folder, name)).mtimeMs < oldest) removeOptional(join(folder, name));
    }
  } catch {
    // Nothing is kept, or another run was quicker.
  }
}

/** Where the index of an output folder lies. Should two folders share one, the outputs of either are not the other's. */
export function indexFile(target: string): string {
  return join(cacheFolder(), digest(target).toString(16));
}

/** Beside the compiled programs. */
function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'meshferry', 'renderings');
}

function readShared(file: string): SharedArrayBuffer {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = new SharedArrayBuffer(fstatSync(descriptor).size);
    const all = new Uint8Array(bytes);
    for (let at = 0; at < all.length; ) {
      const count = readSync(descriptor, all, at, all.length - at, at);
      if (count === 0) throw new Error('the file is shorter than it was');
      at += count;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

function inBlocks(names: readonly string[]): Buffer[] {
  const blocks: Buffer[] = [];
  for (let first = 0; first < names.length; first += BLOCK)
    blocks.push(Buffer.from(names.slice(first, first + BLOCK).join(BETWEEN)));
  return blocks;
}

/** @throws RangeError where the parts do not fit the bytes */
function view(bytes: SharedArrayBuffer, header: Header, start: number): Index {
  const { key, inputs, outputs, files, top } = header;
  let at = start;
  const table = (rows: number, columns: number) => {
    const numbers = new Float64Array(bytes, at, rows * columns);
    at += numbers.byteLength;
    return numbers;
  };
  const inputStamps = table(inputs, COLUMNS);
  const facts = table(inputs, FACTS);
  const outputStamps = table(outputs, COLUMNS);
  const starts = [at];
  for (const length of header.blocks) starts.push((starts.at(-1) ?? 0) + length);
  if (starts.at(-1) !== bytes.byteLength) throw new RangeError('cut short');
  const inputBlocks = starts.slice(0, Math.ceil(inputs / BLOCK) + 1);
  const outputBlocks = starts.slice(inputBlocks.length - 1);
  const buffer = Buffer.from(bytes);
  const names = (blocks: readonly number[], first: number, end: number) => {
    const found: string[] = [];
    for (let block = Math.floor(first / BLOCK); block * BLOCK < end; block++) {
      const ofBlock = buffer.toString('utf8', blocks[block], blocks[block + 1]).split(BETWEEN);
      found.push(...ofBlock.slice(Math.max(0, first - block * BLOCK), end - block * BLOCK));
    }
    return found;
  };
  return {
    key,
    bytes,
    inputs: names(inputBlocks, 0, inputs),
    inputStamps,
    facts,
    outputStamps,
    files,
    top,
    inputBlocks,
    outputBlocks,
    names: (first, end) => names(outputBlocks, first, end),
  };
}

function removeOptional(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Nothing can be written there: nothing was.
  }
}
