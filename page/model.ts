import type { MigrationState } from '../operate/gate/state';
import type { PhaseChanges } from '../operate/report/phase-changes';
import type { Topology } from '../operate/topology/graph';
import type { Moment } from '../operate/topology/traffic';
import type { Phase } from '../plan/phase';

/** Everything that the page shows. */
export interface PageModel {
  /** Name of the repository. */
  readonly title: string;
  readonly made: Date;
  /** Commit that was read; absent: the folder is in no repository. */
  readonly commit?: { readonly id: string; readonly url?: string };
  /** What could not be asked, and why. */
  readonly unasked: readonly string[];
  readonly migrations: readonly MigrationModel[];
}

/** One migration on the page. */
export interface MigrationModel {
  readonly state: MigrationState;
  readonly host: string;
  readonly phases: readonly Phase[];
  /** Index of the current phase. */
  readonly index: number;
  /** What the next pull request would change; absent: the current phase is the last one. */
  readonly next?: PhaseChanges;
  readonly topology: Topology;
  readonly history: readonly Moment[];
  /** Milliseconds until the first certificate and the first token of its machines end; absent: no agent tells. */
  readonly expiry: { readonly certificate?: number; readonly token?: number };
  /** Phases that a pull request is open for, with its address where the forge is known. */
  readonly proposals: readonly { readonly phase: string; readonly branch: string; readonly url?: string }[];
  /** Moves that its plan has from here. */
  readonly moves: readonly { readonly kind: 'next' | 'back' | 'abort'; readonly to: string }[];
  /** Address of its rendered manifests; absent: the forge is not known. */
  readonly manifests?: string;
}

/** Whether a person should look at it. */
export function needsPerson({ state }: MigrationModel): boolean {
  return state.attention.length > 0;
}

/** Whether it is at the end of its plan, and nothing is wrong. */
export function isThrough(migration: MigrationModel): boolean {
  return migration.index === migration.phases.length - 1 && !needsPerson(migration);
}
