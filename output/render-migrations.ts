import { resolve } from 'node:path';
import { loadMigrations } from '../config';
import { realPath } from '../config/reading/links';
import { fileAt } from '../manifests/dist-layout';
import { filesOf } from './files';
import { migrationsIn, refusePlace } from './refuse';
import { renderChanges } from './rerender/incremental';
import { type Index, keepIndex, removeOldIndexes } from './rerender/index-file';
import { keyOf, lookAtInputs, makeIndex } from './rerender/make-index';
import { finishPatches, stopPatches } from './rerender/patch';
import { runContext } from './rerender/run-context';
import { recover, replaceFolder } from './swap';

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
  const context = runContext();
  refusePlace(to, from);
  const target = realPath(to);
  finishPatches(target);
  recover(target);
  const files = context?.program === undefined ? undefined : renderChanges(from, target, context.program);
  const rendered = files === undefined ? renderAll(from, to, context?.program) : { files, gone: [] };
  if (context) context.rendered = { to: resolve(to), ...rendered };
}

/** @param program undefined: leave no index for the next run */
function renderAll(from: string, to: string, program?: string): { files: number; gone: string[] } {
  // Before they are read: one that changes meanwhile counts as changed the next time.
  const inputs = program === undefined ? undefined : lookAtInputs(from);
  const loaded = loadMigrations(from);
  const files = filesOf(loaded);
  const stray = [...files.keys()].find((path) => !fileAt(path));
  if (stray !== undefined) throw new Error(`${stray} is not where a rendering's files lie`);
  const before = migrationsIn(to);
  const target = realPath(to);
  let index: Index | undefined;
  replaceFolder(target, files, (folder, work) => {
    if (program !== undefined && inputs)
      index = makeIndex(keyOf(from, program), { from, inputs, loaded, files, folder });
    stopPatches(target, work);
  });
  if (index) {
    keepIndex(target, index);
    removeOldIndexes(target);
  }
  const now = new Set(loaded.map(({ id }) => id));
  return { files: files.size, gone: before.filter((migration) => !now.has(migration)) };
}
