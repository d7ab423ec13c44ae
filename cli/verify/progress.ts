import type { Progress } from '../../verify';

/** A look that takes no longer is over before anyone wonders. */
const PATIENCE_MS = 1_000;
const REDRAW_MS = 100;

const WORDS: Readonly<Record<Progress['step'], (done: number) => string>> = {
  reading: (files) => `reading: ${files} files`,
  checking: (percent) => `checking: ${percent} %`,
};

/** Shows on a terminal how far a long look has come, in a line that is gone when it ends. */
export class ProgressLine {
  readonly #start = performance.now();
  #drawn = 0;

  constructor(readonly out: NodeJS.WriteStream) {}

  show({ step, done }: Progress): void {
    const now = performance.now();
    if (!this.out.isTTY || now - this.#start < PATIENCE_MS || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    this.out.write(`\r\x1b[2K${WORDS[step](done)}`);
  }

  clear(): void {
    if (this.#drawn > 0) this.out.write('\r\x1b[2K');
  }
}
