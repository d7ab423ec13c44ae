/** When a phase became the current one, and who says so. */
export interface Since {
  readonly time: Date;
  /** The forge that merged it, or the date of the commit, which whoever makes a commit may set. */
  readonly by: 'forge' | 'commit';
}

/** Who says since when, in words: `by the date of its commit`. */
export function sinceWords({ by }: Since): string {
  return { forge: 'by the forge', commit: 'by the date of its commit' }[by];
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

/** A time in the largest unit that it holds at least twice: `26 h`, `90 s`. */
export function age(milliseconds: number): string {
  const [size, unit] = UNITS.find(([one]) => milliseconds >= 2 * one) ?? [1000, 's'];
  return `${Math.floor(milliseconds / size)} ${unit}`;
}
