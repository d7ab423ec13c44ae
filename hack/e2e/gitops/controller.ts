import type { MeshInput } from '../../../config';
import type { Lab } from '../lab';
import type { Project } from './project';

/** A real controller that syncs a repository into the lab's cluster. */
export interface Controller {
  readonly name: string;
  /** Applies the one object from which the controller finds all others. */
  bootstrap(): Promise<void>;
  /** Whether it says that every layer is as a commit has it. */
  isSynced(commit: string): Promise<boolean>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Starts it, also again. */
  start(): Promise<void>;
  /** Removes all that it was given, while it looks on, and ends it. May be repeated. */
  remove(): Promise<void>;
}

/** How to set one up. */
export interface ControllerKind {
  readonly name: string;
  /** Names of test/system.js that it needs. @default none */
  readonly system?: readonly string[];
  /**
   * What the mesh declares for it.
   *
   * @param origin folder of the bare repository
   */
  gitops(origin: string): MeshInput['gitops'];
  create(lab: Lab, project: Project): Promise<Controller>;
}
