import { resolve } from 'node:path';
import { loadMigrations } from '../config';
import { filesOf } from './files';
import { isOurs, refuseForeignFolder } from './refuse';
import { renderChanges } from './rerender/incremental';
import { type Index, keepIndex, removeOldIndexes } from './rerender/index-file';
import { keyOf, lookAtInputs } from './rerender/inputs';
import { makeIndex } from './rerender/make-index';
import { memoryOfThisRun } from './rerender/memory';
import { recover, replaceFolder } from './swap';
import { locate } from './work-folder';

/** Where to read from and write to. */
export interface RenderOptions {
  /** Folder of the migrations. @default 'migrations' */
  readonly from?: string;
  /** Folder to write. @default $CDK8S_OUTDIR, which the cdk8s CLI sets, else 'dist' */
  readonly to?: string;
}

/**
 * Renders every migration of a folder, all phases of each, and puts the result in the place of what was there before.
 *
 * @throws ConfigError with everything that is wrong in the input; the output folder is as it was
 * @throws OutputError where the output folder holds something else than a rendering
 */
export function renderMigrations(options: RenderOptions = {}): void {
  const { from = 'migrations', to = process.env.CDK8S_OUTDIR || 'dist' } = options;
  const memory = memoryOfThisRun();
  recover(to);
  const files = (memory && renderChanges(from, to, memory)) ?? renderAll(from, to, memory?.program);
  if (memory) memory.rendered = { to: resolve(to), files };
}

/**
 * @param program undefined: leave no index for the next run
 * @returns number of files
 */
function renderAll(from: string, to: string, program?: string): number {
  // Before they are read: one that changes meanwhile counts as changed the next time.
  const inputs = program === undefined ? undefined : lookAtInputs(from, Date.now());
  const loaded = loadMigrations(from);
  const files = filesOf(loaded);
  const stray = [...files.keys()].find((path) => !isOurs(path));
  if (stray !== undefined) throw new Error(`${stray} is not where a rendering's files lie`);
  refuseForeignFolder(to, from);
  if (program === undefined || !inputs) {
    replaceFolder(to, files);
    return files.size;
  }
  const key = keyOf(from, program);
  let index: Index | undefined;
  replaceFolder(to, files, (folder) => {
    index = makeIndex(key, { from, inputs, loaded, files, folder });
  });
  removeOldIndexes();
  if (index) keepIndex(locate(to), index);
  return files.size;
}
