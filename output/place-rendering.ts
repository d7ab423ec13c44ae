import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { realPath } from '../config/reading/links';
import { migrationAt } from '../manifests/dist-layout';
import { listFiles } from './compare';
import { migrationsIn, refusePlace } from './refuse';
import { finishPatches, stopPatches } from './rerender/patch';
import { recover, replaceFolder } from './swap';

/** What cdk8s writes. */
const CHART = /\.k8s\.yaml$/;

/**
 * Puts what an app rendered elsewhere in the place of the output folder, as a whole: a file that the app no longer
 * writes does not stay.
 *
 * @param rendered folder that the app wrote
 * @param to the output folder
 * @returns migrations that were in it and no longer are: `prod/analytics`
 * @throws OutputError where the output folder holds something that no app rendered
 */
export function placeRendering(rendered: string, to: string): readonly string[] {
  refusePlace(to, 'migrations');
  const target = realPath(to);
  finishPatches(target);
  recover(target);
  const files = new Map(
    listFiles(rendered).map((file) => [file, readFileSync(join(rendered, file), 'utf8')]),
  );
  // An app's own charts are known by their names; any other rendering is looked at closely.
  const isCharts = listFiles(to).every((file) => CHART.test(file) || files.has(file));
  const before = isCharts ? [] : migrationsIn(to);
  replaceFolder(target, files, (_, work) => stopPatches(target, work));
  const now = new Set([...files.keys()].map(migrationAt));
  return before.filter((migration) => !now.has(migration));
}
