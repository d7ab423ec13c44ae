import type { Phase } from '../../plan/phase';
import type { Since } from '../gate/since';
import type { Verdict } from '../gate/verdict';
import type { Move } from './move';

/** What is known about a move when it is proposed. */
export interface Evidence extends Move {
  /** `prod/analytics`. */
  readonly id: string;
  /** The phase after `to`, where there is one. */
  readonly next?: Phase;
  /** What the gate of the phase that is left says; absent: nothing could be asked. */
  readonly verdict?: Verdict;
  /** Since when `from` has been current; absent: no commit tells. */
  readonly since?: Since;
  /** Refusals that a person passed over, and the reason in the words of that person. */
  readonly despite?: { readonly refusals: readonly string[]; readonly reason: string };
}

/** The words of a pull request. */
export interface PullRequestText {
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/**
 * Puts a move into words for its reviewers. It looks at `dist/` before the move; the function that it returns is called
 * once `dist/` is rendered anew in the same place. Whoever moves a migration hands it in: moving one needs neither
 * Markdown nor a comparison of renderings.
 */
export type Describe = (dist: string) => (evidence: Evidence) => PullRequestText;
