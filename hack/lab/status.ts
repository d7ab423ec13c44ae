import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One part of a running lab. */
export interface PartStatus {
  readonly name: string;
  /** Seconds since it last answered; undefined if it never did. */
  readonly answeredSecondsAgo: number | undefined;
}

/** Seconds without an answer after which a part counts as silent: two rounds of the heartbeat and some time. */
export const SILENT_AFTER = 25;

/** Whether a part answers. */
export function answers({ answeredSecondsAgo }: PartStatus): boolean {
  return answeredSecondsAgo !== undefined && answeredSecondsAgo < SILENT_AFTER;
}

/** The file of probes: a line for each part, its name and a shell command. */
export function probeLines(probes: readonly { readonly name: string; readonly probe: string }[]): string {
  return probes.map(({ name, probe }) => `${name} ${probe}\n`).join('');
}

/** Reads when each part of a probe file answered last. */
export function readAnswers(probes: string, answered: string, now: number = Date.now()): PartStatus[] {
  const names = readFileSync(probes, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ')[0] as string);
  return names.map((name) => {
    const file = statSync(join(answered, name), { throwIfNoEntry: false });
    return { name, answeredSecondsAgo: file && Math.max(0, (now - file.mtimeMs) / 1000) };
  });
}

/** The status of a lab, for people. */
export function statusTable(parts: readonly PartStatus[]): string {
  const width = Math.max(...parts.map(({ name }) => name.length));
  return parts
    .map((part) => `${answers(part) ? '✓' : '✖'} ${part.name.padEnd(width)}  ${said(part)}\n`)
    .join('');
}

function said(part: PartStatus): string {
  if (part.answeredSecondsAgo === undefined) return 'never answered';
  const ago = part.answeredSecondsAgo;
  const time = ago < 120 ? `${Math.round(ago)} s` : `${Math.round(ago / 60)} min`;
  return answers(part) ? `answered ${time} ago` : `silent: last answered ${time} ago`;
}
