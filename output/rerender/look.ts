import type { lstatSync } from 'node:fs';
import * as fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BLOCK, type Index } from './index-file';
import { COLUMNS, type Stamps } from './stamp';

/**
 * Compares the stamps of all inputs and outputs with those of an index. Threads do it together: most of a re-render is
 * asking the system for 60,000 stamps, 2.5 µs each, and it answers several threads at once. They take blocks of names
 * from the index's shared memory, those of the inputs first, until none is left or one finds an output that differs.
 */
interface Task {
  readonly bytes: SharedArrayBuffer;
  readonly inputs: Part;
  readonly outputs: Part;
  /** Set to 1 for each input that differs. */
  readonly changed: Uint8Array;
  readonly columns: number;
  readonly block: number;
  /** Counters that the threads share, and where each is. */
  readonly counters: Int32Array;
  readonly places: typeof PLACES;
}

interface Part {
  /** What the names are below of. */
  readonly folder: string;
  /** Where the names begin, block by block. */
  readonly blocks: readonly number[];
  /** A row for each name. */
  readonly stamps: Stamps;
}

/** Places of the counters: blocks taken; 1 as soon as nothing else matters; blocks that were looked at. */
const PLACES = { taken: 0, stop: 1, inputsDone: 2, outputsDone: 3 } as const;

/** A look that is under way. Both questions help the threads and wait for them. */
export interface Look {
  /** 1 for each input that differs; undefined where an output differs anyway. */
  changedInputs(): Uint8Array | undefined;
  /** Whether no output differs. */
  sameOutputs(): boolean;
  /** Lets the threads end. */
  stop(): void;
}

/** From so many blocks on, a thread of its own saves more than it takes to start: 20 ms. */
const BLOCKS_FOR_A_THREAD = 30;
const MOST_THREADS = 2;
/** Milliseconds without any thread getting on after which they are given up: a network's file system may be slow. */
const PATIENCE = 30_000;

/** Begins to look, in threads beside this one. */
export function beginToLook(folder: string, index: Index): Look {
  const task: Task = {
    bytes: index.bytes,
    inputs: { folder: join(index.key.from, '/'), blocks: index.inputBlocks, stamps: index.inputStamps },
    outputs: { folder: join(folder, '/'), blocks: index.outputBlocks, stamps: index.outputStamps },
    changed: new Uint8Array(new SharedArrayBuffer(index.inputs.length)),
    columns: COLUMNS,
    block: BLOCK,
    counters: new Int32Array(new SharedArrayBuffer(16)),
    places: PLACES,
  };
  const { counters, inputs, outputs } = task;
  const blocks = inputs.blocks.length + outputs.blocks.length - 2;
  const threads = Math.min(
    MOST_THREADS,
    availableParallelism() - 1,
    Math.floor(blocks / BLOCKS_FOR_A_THREAD),
  );
  for (let thread = 0; thread < threads; thread++) start(task);
  const help = (until: 2 | 3, { blocks: { length } }: Part) => {
    look(task, fs.lstatSync, until === PLACES.inputsDone);
    for (;;) {
      const done = Atomics.load(counters, until);
      if (Atomics.load(counters, PLACES.stop) !== 0) return false;
      if (done === length - 1) return true;
      if (Atomics.wait(counters, until, done, PATIENCE) === 'timed-out') return false;
    }
  };
  return {
    changedInputs: () => (help(PLACES.inputsDone, inputs) ? task.changed : undefined),
    sameOutputs: () => help(PLACES.outputsDone, outputs),
    stop() {
      Atomics.store(counters, PLACES.stop, 1);
    },
  };
}

/** The program is one file, kept in no place that it knows: the thread gets the text of the one function it needs. */
function start(task: Task) {
  const code = `(${look.toString()})(require('node:worker_threads').workerData, require('node:fs').lstatSync, false)`;
  try {
    const worker = new Worker(code, { eval: true, workerData: task });
    // Another thread does its share.
    worker.on('error', () => undefined);
    worker.unref();
  } catch {
    // As above: a machine may be out of threads.
  }
}

/** Uses nothing from outside itself. */
function look(task: Task, lstat: typeof lstatSync, inputsOnly: boolean): void {
  const { bytes, inputs, outputs, changed, columns, block, counters } = task;
  const { taken, stop, inputsDone, outputsDone } = task.places;
  const buffer = Buffer.from(bytes);
  const options = { throwIfNoEntry: false } as const;
  const inputBlocks = inputs.blocks.length - 1;
  while (Atomics.load(counters, stop) === 0) {
    if (inputsOnly && Atomics.load(counters, taken) >= inputBlocks) return;
    let current = Atomics.add(counters, taken, 1);
    const isInput = current < inputBlocks;
    if (!isInput) current -= inputBlocks;
    const { folder, blocks, stamps } = isInput ? inputs : outputs;
    if (current >= blocks.length - 1) return;
    let row = current * block;
    for (const name of buffer.toString('utf8', blocks[current], blocks[current + 1]).split('\0')) {
      let same = false;
      try {
        const stats = lstat(folder + name, options);
        const at = row * columns;
        same =
          stats !== undefined &&
          stats.size === stamps[at] &&
          stats.mtimeMs === stamps[at + 1] &&
          stats.ctimeMs === stamps[at + 2] &&
          stats.ino === stamps[at + 3];
      } catch {
        // What cannot be looked at is not the same.
      }
      if (!same && isInput) changed[row] = 1;
      else if (!same) {
        Atomics.store(counters, stop, 1);
        break;
      }
      row++;
    }
    const done = isInput ? inputsDone : outputsDone;
    Atomics.add(counters, done, 1);
    Atomics.notify(counters, inputsDone);
    Atomics.notify(counters, outputsDone);
  }
}
