import type { Part } from './parts/part';

/** Seconds that a part takes that does not say it. */
const SHORT = 10;

/** How much of a build is left, for people: counts parts, and learns from those that are done how fast this machine is. */
export class Remaining {
  private readonly begun = new Map<Part, number>();
  private readonly took = new Map<Part, number>();

  /**
   * @param parts those that have to be built
   * @param now the time, in milliseconds
   */
  constructor(
    private readonly parts: readonly Part[],
    private readonly now: () => number = Date.now,
  ) {}

  begin(part: Part): void {
    this.begun.set(part, this.now());
  }

  end(part: Part): void {
    this.took.set(part, this.now() - (this.begun.get(part) ?? this.now()));
  }

  /** `3 of 9 parts built, about 6 min left`. */
  toString(): string {
    const minutes = Math.ceil(this.seconds() / 60);
    return `${this.took.size} of ${this.parts.length} parts built, about ${minutes} min left`;
  }

  /**
   * Heavy parts are built one after the other and the rest beside them. So what is left takes as long as the heavy ones
   * together, or as the longest of the others.
   */
  private seconds(): number {
    const slowness = this.slowness();
    const left = (part: Part) => {
      const begun = this.begun.get(part);
      const expected = (part.seconds ?? SHORT) * slowness;
      return begun === undefined ? expected : Math.max(0, expected - (this.now() - begun) / 1000);
    };
    const rest = this.parts.filter((part) => !this.took.has(part));
    const heavy = rest.filter((part) => part.heavy).reduce((sum, part) => sum + left(part), 0);
    return Math.max(heavy, ...rest.filter((part) => !part.heavy).map(left));
  }

  /** How many times longer than declared the heavy parts took that are done. */
  private slowness(): number {
    const done = [...this.took].filter(([part]) => part.heavy && part.seconds);
    if (done.length === 0) return 1;
    const declared = done.reduce((sum, [part]) => sum + (part.seconds ?? 0), 0);
    return done.reduce((sum, [, milliseconds]) => sum + milliseconds / 1000, 0) / declared;
  }
}
