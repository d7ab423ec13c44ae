/** What a test leaves to the real clock. */
const REAL = [
  ...['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
  ...['setInterval', 'clearInterval'],
] as const;
const BEAT_MS = 5;

/**
 * Lets the agent's own waits pass quickly, while programs, files and connections stay real: from here on `Date` and
 * `setTimeout` of the test run `factor` times as fast.
 *
 * @returns lets the clock go as usual again
 */
export function speedUp(factor: number): () => void {
  jest.useFakeTimers({ doNotFake: [...REAL] as never, now: Date.now() });
  const beat = setInterval(() => jest.advanceTimersByTime(BEAT_MS * factor), BEAT_MS);
  return () => {
    clearInterval(beat);
    jest.useRealTimers();
  };
}
