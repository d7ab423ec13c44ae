import type { Part } from './parts';

/** What bin/meshferry.js, which compiles the program, hands to it. */
export interface Host {
  /** Loads another file of this folder. */
  readonly load: (part: Part, started?: Started) => unknown;
  /** Compiles and runs a TypeScript file of the user's. */
  readonly runApp: (file: string, started?: Started) => unknown;
  /** Folder of the package, or of the checkout. */
  readonly root: string;
}

/**
 * Called with the name of the program that is about to run. The name changes when any file that went into the program
 * changes. Not called where compiled programs are not kept.
 */
export type Started = (program: string) => void;
