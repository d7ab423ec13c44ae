import { setTimeout as sleep } from 'node:timers/promises';

/** Hides the cursor, and cuts lines at the terminal's edge: a wrapped line would upset the count of lines. */
const ENTER = '\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h';

/**
 * Shows a text and keeps it up to date. In a terminal, each new text replaces the one before, in a single write so that
 * nothing flickers. Elsewhere, each new text follows the one before.
 *
 * @param next makes the text
 * @param seconds between two calls of it
 * @param until ends the watch
 */
export async function watch(next: () => Promise<string>, seconds: number, until: AbortSignal): Promise<void> {
  const { stdout } = process;
  const isTerminal = stdout.isTTY && process.env.TERM !== 'dumb';
  let before = '';
  let height = 0;
  if (isTerminal) stdout.write(ENTER);
  try {
    while (!until.aborted) {
      const text = await next();
      if (text !== before) {
        const lines = text.split('\n');
        const fitting = isTerminal ? lines.slice(0, Math.max(1, (stdout.rows || 24) - 1)) : lines;
        stdout.write(isTerminal ? repaint(fitting, height) : `${text}\n`);
        height = fitting.length;
        before = text;
      }
      await sleep(seconds * 1000, undefined, { signal: until }).catch(() => {});
    }
  } finally {
    if (isTerminal) stdout.write(LEAVE);
  }
}

/** Moves up to where the last text began, writes each line over the old one and clears the rest. */
export function repaint(lines: readonly string[], height: number): string {
  const up = height > 0 ? `\x1b[${height}A` : '';
  return `${up}\r${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`;
}

/** Ends when the program is interrupted. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
