import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

declare global {
  namespace jest {
    interface Matchers<R> {
      /**
       * The text is the whole content of a file that people read as well. As with jest's own snapshots, `jest -u`
       * writes what differs, and a file that does not exist is written, except with `--ci`.
       */
      toMatchFile(path: string): R;
    }
  }
}

/** The part of jest's own snapshot state that says what to write, and counts it for the summary. */
interface SnapshotState {
  readonly _updateSnapshot: 'all' | 'new' | 'none';
  matched: number;
  added: number;
  updated: number;
  unmatched: number;
}

expect.extend({
  toMatchFile(received: string, path: string) {
    const state = (this as unknown as { readonly snapshotState: SnapshotState }).snapshotState;
    const found = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    const outcome = outcomeOf(received, found, state._updateSnapshot);
    state[outcome]++;
    if (outcome === 'added' || outcome === 'updated') {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, received);
    }
    const message = () =>
      found === undefined
        ? `${path} does not exist, and --ci writes none`
        : `${path} differs (\`npx jest -u\` writes it anew)\n\n${this.utils.printDiffOrStringify(found, received, 'File', 'Received', true)}`;
    return { pass: outcome !== 'unmatched', message };
  },
});

function outcomeOf(received: string, found: string | undefined, update: SnapshotState['_updateSnapshot']) {
  if (received === found) return 'matched';
  if (update === 'all') return found === undefined ? 'added' : 'updated';
  return update === 'new' && found === undefined ? 'added' : 'unmatched';
}

/** Whether `jest -u` runs. */
export function isUpdating(): boolean {
  const { snapshotState } = expect.getState() as unknown as { readonly snapshotState: SnapshotState };
  return snapshotState._updateSnapshot === 'all';
}
