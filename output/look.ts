import type { lstatSync } from 'node:fs';
import * as fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BLOCK, type Index } from './index-file';
import { COLUMNS, type Stamps } from './stamp';

/**
 * Compares the stamps of all outputs with those of an index. Threads do it together: most of a re-render is asking the
 * system for 60,000 stamps, 2.5 µs each, and it answers several threads at once. They take blocks of names from the
 * index's shared memory until none is left, or until one found something that differs.
 */
interface Task {
  readonly bytes: SharedArrayBuffer;
  readonly blocks: readonly number[];
  /** The table of stamps, a row for each name. */
  readonly stamps: Stamps;
  readonly columns: number;
  readonly block: number;
  /** What the names are below of, with a separator at its end. */
  readonly folder: string;
  /** Three counters that the threads share: blocks taken, blocks looked at, and 1 as soon as anything differs. */
  readonly counters: Int32Array;
}

/** A look that is under way. */
export interface Look {
  /** Helps the threads, and waits for them. */
  allTheSame(): boolean;
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
    blocks: index.blocks,
    stamps: index.outputStamps,
    columns: COLUMNS,
    block: BLOCK,
    folder: join(folder, '/'),
    counters: new Int32Array(new SharedArrayBuffer(12)),
  };
  const count = index.blocks.length - 1;
  const threads = Math.min(MOST_THREADS, availableParallelism() - 1, Math.floor(count / BLOCKS_FOR_A_THREAD));
  for (let thread = 0; thread < threads; thread++) start(task);
  return {
    allTheSame() {
      look(task, fs.lstatSync);
      const { counters } = task;
      for (let done = counters[1] ?? 0; done < count && counters[2] === 0; done = counters[1] ?? 0) {
        if (Atomics.wait(counters, 1, done, PATIENCE) === 'timed-out') return false;
      }
      return counters[2] === 0;
    },
    stop() {
      Atomics.store(task.counters, 2, 1);
    },
  };
}

/** The program is one file, kept in no place that it knows: the thread gets the text of the one function it needs. */
function start(task: Task) {
  const code = `(${look.toString()})(require('node:worker_threads').workerData, require('node:fs').lstatSync)`;
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
function look(task: Task, lstat: typeof lstatSync): void {
  const { bytes, blocks, stamps, columns, block, folder, counters } = task;
  const buffer = Buffer.from(bytes);
  const options = { throwIfNoEntry: false } as const;
  for (;;) {
    const current = Atomics.add(counters, 0, 1);
    if (current >= blocks.length - 1 || Atomics.load(counters, 2) !== 0) return;
    let row = current * block * columns;
    let same = true;
    try {
      for (const name of buffer.toString('utf8', blocks[current], blocks[current + 1]).split('\0')) {
        const stats = lstat(folder + name, options);
        same =
          stats !== undefined &&
          stats.size === stamps[row] &&
          stats.mtimeMs === stamps[row + 1] &&
          stats.ctimeMs === stamps[row + 2] &&
          stats.ino === stamps[row + 3];
        if (!same) break;
        row += columns;
      }
    } catch {
      same = false;
    }
    if (!same) Atomics.store(counters, 2, 1);
    Atomics.add(counters, 1, 1);
    Atomics.notify(counters, 1);
  }
}
