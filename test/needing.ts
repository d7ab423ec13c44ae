import { relative } from 'node:path';
import { missing, remedy } from './system';

type Hooks = Pick<typeof globalThis, 'test' | 'beforeAll' | 'beforeEach' | 'afterEach' | 'afterAll'>;

declare global {
  /**
   * jest's own `test` and hooks where the system has what is named; else a `test` that skips, so that what did not run
   * is counted, and hooks that do nothing. A line on stderr names the file and the reason.
   *
   * @param names of test/system.js; `mounts`: to mount file systems; `root`: what only root may do
   * @example const { test, beforeAll } = needing('prometheus');
   */
  function needing(...names: string[]): Hooks;
}

globalThis.needing = (...names) => {
  const lacking = missing(names);
  if (lacking.length === 0) return { test, beforeAll, beforeEach, afterEach, afterAll };
  const file = relative(process.cwd(), expect.getState().testPath ?? '');
  process.stderr.write(`SKIPPED in ${file}: it needs ${lacking.join(', ')} (${remedy(lacking)})\n`);
  const nothing = () => {};
  return {
    test: test.skip as unknown as Hooks['test'],
    beforeAll: nothing,
    beforeEach: nothing,
    afterEach: nothing,
    afterAll: nothing,
  };
};
