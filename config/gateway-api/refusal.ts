import type { Path } from '../problem';

/** Something of a rule that the Gateway API cannot say. */
export interface Refusal {
  /** From the rule on: `['match', 0, 'sourceLabels']`. */
  readonly path: Path;
  /** Why, and what to do instead. */
  readonly message: string;
}

/** A part of a rule in the words of the Gateway API, and what of it has none. */
export interface Translated<T> {
  readonly value: T;
  readonly refusals: readonly Refusal[];
}
