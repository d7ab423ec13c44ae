import type { Begun } from './begin';

/**
 * What `meshferry synth` and the app that it runs tell each other. Each is compiled by itself, so that no variable of
 * one is seen by the other: a registered symbol is. Only `synth` sets it, so that renderings which are looked at once
 * and thrown away (`synth --check`, a pull request's) leave nothing in the user's cache.
 */
export interface Memory {
  /** Which program renders: another one as soon as any file that went into it has changed. Undefined: not known. */
  program?: string;
  /** What was begun before the app was loaded. */
  readonly begun?: Begun | undefined;
  /** Set by each rendering: what was rendered last. */
  rendered?: {
    /** The output folder, absolute. */
    readonly to: string;
    /** Number of files in it. */
    readonly files: number;
  };
}

/** The number changes with the form of {@link Memory}: the app may hold another version of the library. */
const KEY = Symbol.for('meshferry.memory.1');

/** Lets the renderings of this process remember, for the next one, what they rendered from what. */
export function remember(begun?: Begun): Memory {
  const memory: Memory = { begun };
  (globalThis as Record<symbol, unknown>)[KEY] = memory;
  return memory;
}

/** Undefined where nothing is to be remembered. */
export function memoryOfThisRun(): Memory | undefined {
  return (globalThis as Record<symbol, unknown>)[KEY] as Memory | undefined;
}
