/** Severity of a line, by syslog's numbers. */
const LEVELS = { error: 3, warning: 4, info: 6 } as const;

/**
 * Writes lines to the journal, with the severity in front if systemd reads them. A warning or an error is not repeated
 * within ten minutes, so that an outage does not fill the disk.
 */
export class JournalLines {
  private readonly last = new Map<string, number>();
  private readonly underSystemd = process.env.JOURNAL_STREAM !== undefined;

  info(text: string): void {
    this.write('info', text);
  }

  warning(text: string): void {
    this.write('warning', text);
  }

  error(text: string): void {
    this.write('error', text);
  }

  private write(level: keyof typeof LEVELS, text: string): void {
    const now = Date.now();
    if (level !== 'info' && now - (this.last.get(text) ?? 0) < REPEAT_MS) return;
    if (this.last.size > 100) this.last.clear();
    this.last.set(text, now);
    process.stdout.write(`${this.underSystemd ? `<${LEVELS[level]}>` : ''}${text.replaceAll('\n', ' ')}\n`);
  }
}

const REPEAT_MS = 600_000;
