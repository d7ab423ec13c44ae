import pc from 'picocolors';
import type { Failure } from '../failure';

/** Prints each task that is done on a line, in the format of the vendor's agent; in colour on a terminal only. */
export class TaskLines {
  private readonly colour = pc.createColors(
    process.stderr.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  );

  /**
   * @param quiet print failures only (for `--json`)
   */
  constructor(private readonly quiet = false) {}

  /** A task is done. */
  done(task: string, detail?: string): void {
    this.line(this.colour.green('✓'), detail ? `${task} ❯ ${detail}` : task);
  }

  /** Something that the reader should know, and that does not stop the command. */
  warn(task: string, detail: string): void {
    this.line(this.colour.yellow('!'), `${task} ❯ ${detail}`);
  }

  /** A change that would be made. */
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
