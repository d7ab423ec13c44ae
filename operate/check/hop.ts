import type { Side } from '../../config';

/** One part of a request's path, and what was found there. */
export interface Hop {
  /** Its name, e.g. `endpoint`. */
  readonly name: string;
  /** Side that it leads to; absent: both. */
  readonly side?: Side;
  readonly outcome: 'good' | 'broken' | 'unknown';
  /** What was found: one sentence without its full stop. */
  readonly found: string;
  /** What to do about it; present if it is broken. */
  readonly fix?: string;
}

/** What a look at a hop finds, before it is known which hop it is. */
export type Look = Omit<Hop, 'name' | 'side'>;

/** Nothing is wrong here. */
export function good(found: string): Look {
  return { outcome: 'good', found };
}

/** It could not be looked at. */
export function unknown(found: string): Look {
  return { outcome: 'unknown', found };
}

/** Requests end here. */
export function broken(found: string, fix: string): Look {
  return { outcome: 'broken', found, fix };
}
