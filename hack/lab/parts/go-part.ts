import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { LAB_SOURCE } from '../paths';
import { run } from '../run';
import type { Part } from './part';

/** One `go build`: packages that share their tags and linker flags. */
export interface GoBuild {
  readonly packages: readonly string[];
  /** @default none */
  readonly tags?: string;
  /** Variables set at link time, by import path. @default none */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A part built from Go modules alone. */
export interface GoPartProps {
  readonly name: string;
  /** Folder of parts/ with the go.mod and go.sum that pin it. @default the name */
  readonly module?: string;
  readonly builds: readonly GoBuild[];
  /** As of a part; it does not change what is built, and so not the key either. */
  readonly seconds: number;
  /** Files of a module that are kept beside the binaries: from its folder, into ours. @default none */
  readonly files?: { readonly module: string; readonly paths: readonly string[] };
}

// static, so that one binary serves this machine and every image; nothing but go.mod and go.sum may choose versions
const GO_ENV = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off' };

/** A part that `go build` makes, pinned by the go.mod and go.sum in its folder. */
export function goPart({ seconds, ...props }: GoPartProps): Part {
  const folder = join(LAB_SOURCE, 'parts', props.module ?? props.name);
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return {
    name: props.name,
    heavy: true,
    seconds,
    inputs: async () => [await goVersion(folder), read('go.mod'), read('go.sum'), JSON.stringify(props)],
    async build(out, { log }) {
      for (const build of props.builds) {
        await run('nice', ['go', ...buildArguments(build, out)], { cwd: folder, env: GO_ENV, log });
      }
      if (!props.files) return;
      const source = await run('go', ['list', '-m', '-f', '{{.Dir}}', props.files.module], {
        cwd: folder,
        env: GO_ENV,
      });
      for (const path of props.files.paths) {
        await run('cp', ['-r', '--parents', path, out], { cwd: source.trim() });
      }
      await run('chmod', ['-R', 'u+w', out]); // the module cache is read-only, and so are copies of it
    },
  };
}

/** The command line of one build, after `go`. */
export function buildArguments(build: GoBuild, out: string, cores: number = cpus().length): string[] {
  const variables = Object.entries(build.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return [
    'build',
    '-v', // a line for each package: what the progress shows
    '-trimpath',
    `-p=${Math.min(cores, 4)}`, // each compiler or linker takes up to 2 GB
    ...(build.tags ? [`-tags=${build.tags}`] : []),
    `-ldflags=${['-s', '-w', ...variables].join(' ')}`,
    '-o',
    `${out}/`,
    ...build.packages,
  ];
}

async function goVersion(folder: string): Promise<string> {
  try {
    return await run('go', ['version'], { cwd: folder });
  } catch {
    throw new Error('`go` is not on the PATH: install Go 1.26 or later (https://go.dev/dl)');
  }
}
