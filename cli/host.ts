import type { Part } from './parts';

/** What the program is given by bin/meshferry.js, which compiles it. */
export interface Host {
  /** Loads another file of this folder. */
  readonly load: (part: Part, started?: Started) => unknown;
  /** Compiles and runs a TypeScript file of the user's. */
  readonly runApp: (file: string, started?: Started) => unknown;
}

/**
 * Told which program is about to run: another one as soon as any file that went into it has changed. Not called where
 * programs are not kept.
 */
export type Started = (program: string) => void;
