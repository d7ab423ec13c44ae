const REPEAT_SECONDS = 20;

/** Tells a person what goes on: one line when a task begins, one when it ends, and in between how it moves. */
export class Progress {
  private readonly running = new Map<string, { readonly since: number; readonly doing: () => string }>();
  private timer: NodeJS.Timeout | undefined;
  private shown = 0;
  private lastRepeat = Date.now();
  /** A line below the tasks that run, e.g. how much is left. @default none */
  footer: (() => string) | undefined;

  constructor(private readonly out: NodeJS.WriteStream = process.stderr) {}

  /** Runs one task. `doing` is asked now and then what it is at. */
  async task<T>(name: string, work: () => Promise<T>, doing: () => string = () => ''): Promise<T> {
    const since = Date.now();
    this.running.set(name, { since, doing });
    if (!this.out.isTTY) this.line(`  ${name} …`);
    this.timer ??= setInterval(() => this.tick(), this.out.isTTY ? 250 : 1000).unref();
    try {
      const result = await work();
      this.end(name, '✓', since);
      return result;
    } catch (error) {
      this.end(name, '✖', since);
      throw error;
    }
  }

  /** Prints a line, above the tasks that run. */
  line(text: string): void {
    this.clear();
    this.out.write(`${text}\n`);
  }

  private end(name: string, sign: string, since: number): void {
    this.running.delete(name);
    this.line(`${sign} ${name} ${elapsed(since)}`);
    if (this.running.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private tick(): void {
    const lines = [...this.running].map(([name, { since, doing }]) => {
      const text = `  ${name} ${elapsed(since)} ${doing()}`.trimEnd();
      return text.slice(0, (this.out.columns ?? 100) - 1);
    });
    if (this.footer) lines.push(`  ${this.footer()}`);
    if (this.out.isTTY) {
      this.clear();
      this.out.write(lines.map((text) => `${text}\n`).join(''));
      this.shown = lines.length;
    } else if (Date.now() - this.lastRepeat >= REPEAT_SECONDS * 1000) {
      this.lastRepeat = Date.now();
      this.out.write(lines.map((text) => `${text}\n`).join(''));
    }
  }

  private clear(): void {
    if (this.shown > 0) this.out.write(`\x1b[${this.shown}A\x1b[J`);
    this.shown = 0;
  }
}

/** The time since `since` (milliseconds), as a person reads it. */
export function elapsed(since: number, now: number = Date.now()): string {
  const seconds = (now - since) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
