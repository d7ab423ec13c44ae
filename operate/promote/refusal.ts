/**
 * Exit codes of the commands that move a migration or judge it. They are part of the interface:
 * docs/reference/gates.md.
 */
export const EXIT_CODES = {
  /** A program that was needed failed: git, gh, glab, kubectl, Prometheus. */
  failed: 1,
  /** Wrong usage, or files that cannot be read. */
  usage: 2,
  /** The gate says no. */
  halt: 3,
  /** The gate cannot say yes yet. */
  notYet: 4,
  /** The plan has no such move: it would skip a phase, or there is none further. */
  plan: 10,
  /** Uncommitted changes where the proposal would be made. */
  dirty: 11,
  /** The checkout, or a branch of an earlier proposal, is not what is merged. */
  stale: 12,
  /** The migration has an open proposal. */
  proposed: 13,
  /** The VM would get traffic and is no endpoint, or nobody can see that it is. */
  vm: 14,
  /** The environment before has not been there long enough. */
  environment: 15,
  /** A FREEZE file stops all moves. */
  frozen: 16,
  /** As many proposals are open as there may be. */
  inFlight: 17,
  /** `dist/` is not what this version of meshferry renders from `migrations/`. */
  rendering: 18,
} as const;

/** Why something was refused. */
export type RefusalReason = keyof typeof EXIT_CODES;

/** A refusal: what is in the way, and the way out. The message is meant to be printed as it is. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly exitCode: number;

  /**
   * @param reason decides the exit code
   * @param what is in the way, in one sentence without a full stop
   * @param wayOut what to do about it, a command where there is one
   */
  constructor(
    readonly reason: RefusalReason,
    readonly what: string,
    readonly wayOut: string,
  ) {
    super(`✖ ${what}\n  way out: ${wayOut}`);
    this.exitCode = EXIT_CODES[reason];
  }
}
