/**
 * Gives back the memory that a piece of work took. V8 collects its litter when it allocates: a process that mostly
 * waits would keep what its last work left, two megabytes and more after each. Takes 0.03 s; does nothing where
 * Node was not started with `--expose-gc`, as it is by the agent's unit.
 */
export function collectGarbage(): void {
  const { gc } = globalThis as { gc?: (options: object) => void };
  gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
