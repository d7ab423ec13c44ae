import pc from 'picocolors';
import type { Failure } from '../failure';

/** Tells what is done, one line each, as the walk-through of the vendor's agent shows them; colour only on a terminal. */
export class TaskLines {
  private readonly colour = pc.createColors(
    process.stderr.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  );

  /**
   * @param quiet say nothing but failures (for `--json`)
   */
  constructor(private readonly quiet = false) {}

  /** Something is done. */
  done(task: string, detail?: string): void {
    this.line(this.colour.green('✓'), detail ? `${task} ❯ ${detail}` : task);
  }

  /** Something that the reader should know, and that stops nothing. */
  warn(task: string, detail: string): void {
    this.line(this.colour.yellow('!'), `${task} ❯ ${detail}`);
  }

  /** Something that would be done. */
  would(change: string): void {
    this.line('+', change);
  }

  failed(failure: Failure): void {
    process.stderr.write(`${this.colour.red('✖')} ${failure.message} → ${failure.next}\n`);
  }

  private line(mark: string, text: string): void {
    if (!this.quiet) process.stderr.write(`${mark} ${text}\n`);
  }
}
