/** go: yes. halt: no. wait: nothing is wrong, and nothing says yes yet. */
export type Outcome = 'go' | 'halt' | 'wait';

/** One question that a gate asks, answered. */
export interface GateCheck {
  /** What is asked, e.g. `success of pods`. */
  readonly name: string;
  readonly outcome: Outcome;
  /** What was found, e.g. `98.69 %` or `no data`. */
  readonly value: string;
  /** What would be good, e.g. `≥ 99 %`. */
  readonly bound: string;
  /** What the value is taken from, e.g. `5 min, n=1204`; absent where it is a state, not a measurement. */
  readonly basis?: string;
  /** The whole in one line, e.g. `success of pods 98.69 % < 99 % (5 min, n=1204)`. */
  readonly text: string;
  /** The query behind it, to be repeated by hand. */
  readonly query?: string;
}

/** Whether a migration may leave its current phase, and why. */
export interface Verdict {
  /** `prod/analytics`. */
  readonly id: string;
  /** The phase that it is in. */
  readonly phase: string;
  readonly outcome: Outcome;
  readonly checks: readonly GateCheck[];
}

/** A verdict from its checks: one `halt` decides, else one `wait`. Without any check the answer is `wait`. */
export function verdictOf(id: string, phase: string, checks: readonly GateCheck[]): Verdict {
  const has = (outcome: Outcome) => checks.some((check) => check.outcome === outcome);
  const outcome = has('halt') ? 'halt' : has('wait') || checks.length === 0 ? 'wait' : 'go';
  return { id, phase, outcome, checks };
}

/** A line for each check that decides, the worst first: `HALT shift-25: success of pods 98.69 % < 99 % …`. */
export function verdictLines(verdict: Verdict, options: { readonly queries?: boolean } = {}): string[] {
  const { phase, outcome, checks } = verdict;
  if (outcome === 'go') return [`GO ${phase}: ${checks.map(({ text }) => text).join('; ')}`];
  if (checks.length === 0) return [`WAIT ${phase}: nothing could be looked at`];
  return (['halt', 'wait'] as const).flatMap((which) =>
    checks
      .filter((check) => check.outcome === which)
      .flatMap(({ text, query }) => [
        `${which.toUpperCase()} ${phase}: ${text}`,
        ...(query && options.queries !== false ? [`  query: ${query}`] : []),
      ]),
  );
}
