import { loadMigrations } from '../config';
import { filesOf } from './files';
import { isOurs, refuseForeignFolder } from './refuse';
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
  recover(to);
  const files = filesOf(loadMigrations(from));
  const stray = [...files.keys()].find((path) => !isOurs(path));
  if (stray !== undefined) throw new Error(`${stray} is not where a rendering's files lie`);
  refuseForeignFolder(to, from);
  replaceFolder(to, files);
}
