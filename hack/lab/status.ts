import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One part of a lab. */
export interface PartStatus {
  readonly name: string;
  /** Whether it answered just now. */
  readonly answers: boolean;
  /** Seconds since it last answered; undefined if it never did. */
  readonly answeredSecondsAgo: number | undefined;
}

/** The file of probes: a line for each part, its name and a shell command. */
export function probeLines(probes: readonly { readonly name: string; readonly probe: string }[]): string {
  return probes.map(({ name, probe }) => `${name} ${probe}\n`).join('');
}

// a file's time comes from a clock that is some milliseconds behind
const CLOCK_SLACK = 50;

/**
 * Reads when each part of a probe file answered last.
 *
 * @param asked when all were asked, in milliseconds: only what answered since then counts as answering
 */
export function readAnswers(probes: string, answered: string, asked: number): PartStatus[] {
  const names = readFileSync(probes, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ')[0] as string);
  return names.map((name) => {
    const time = statSync(join(answered, name), { throwIfNoEntry: false })?.mtimeMs;
    return {
      name,
      answers: time !== undefined && time >= asked - CLOCK_SLACK,
      answeredSecondsAgo: time && Math.max(0, (Date.now() - time) / 1000),
    };
  });
}

/** The status of a lab, for people. */
export function statusTable(parts: readonly PartStatus[]): string {
  const width = Math.max(...parts.map(({ name }) => name.length));
  return parts
    .map((part) => `${part.answers ? '✓' : '✖'} ${part.name.padEnd(width)}  ${said(part)}\n`)
    .join('');
}

function said({ answers, answeredSecondsAgo: ago }: PartStatus): string {
  if (ago === undefined) return 'never answered';
  const time = ago < 120 ? `${Math.round(ago)} s` : `${Math.round(ago / 60)} min`;
  return answers ? `answered ${time} ago` : `does not answer; last did ${time} ago`;
}
