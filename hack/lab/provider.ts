import type { LabEnvironment } from './env';
import type { Progress } from './progress';
import { run } from './run';
import type { PartStatus } from './status';

/** Where a lab can run. */
export type ProviderName = 'local' | 'kind';

/** One way to have a lab. */
export interface Provider {
  readonly name: ProviderName;
  /** Brings the lab up, or what of it does not run. */
  up(progress: Progress): Promise<void>;
  /** Removes everything that belongs to the lab. */
  down(): Promise<void>;
  /** Asks every part whether it answers. */
  status(): Promise<readonly PartStatus[]>;
  /** Memory that the lab's processes hold, in bytes; undefined where nobody counts it. */
  memory(): Promise<number | undefined>;
  environment(): Promise<LabEnvironment>;
  /** Puts the images of an archive onto the node, which pulls none. */
  loadImages(archive: string): Promise<void>;
  /** The command line that runs a command in the lab, with {@link environment}. */
  inside(command: readonly string[]): readonly string[];
}

/** Which provider to take, and the reason that is printed. */
export interface Choice {
  readonly name: ProviderName;
  readonly reason: string;
}

/** `kind` where a real Docker engine answers and the kind program is there, `local` else. */
export function chooseProvider(
  forced: ProviderName | undefined,
  engine: string | undefined,
  kindVersion: string | undefined,
): Choice {
  if (forced) return { name: forced, reason: 'asked for by --provider' };
  if (!engine) return { name: 'local', reason: 'no Docker engine answers' };
  if (!kindVersion) return { name: 'local', reason: `${engine} answers, but kind is not on the PATH` };
  return { name: 'kind', reason: `${engine} answers and ${kindVersion} is on the PATH` };
}

/** Chooses for this machine. */
export async function detectProvider(forced: ProviderName | undefined): Promise<Choice> {
  if (forced) return chooseProvider(forced, undefined, undefined);
  const answer = (command: string, args: string[]) =>
    run(command, args, { timeout: 5000 }).then(
      (text) => text.trim() || undefined,
      () => undefined,
    );
  const components = await answer('docker', [
    'version',
    '--format',
    '{{range .Server.Components}}{{.Name}} {{.Version}};{{end}}',
  ]);
  return chooseProvider(undefined, dockerEngine(components ?? ''), await answer('kind', ['version']));
}

/** Docker's own engine in what `docker version` lists of the server; podman answers too, as "Podman Engine". */
export function dockerEngine(components: string): string | undefined {
  const engine = components.split(';').find((component) => component.startsWith('Engine '));
  return engine && `Docker ${engine}`;
}
