import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigError, type LoadedMigration, loadMigrations } from '../config';

/** Files by path; text or bytes. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Runs a function in a new folder with these files as its working directory, and takes the folder away. */
export function inFolder<T>(files: Files, run: (folder: string) => T): T {
  const before = process.cwd();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'meshferry-test-')));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    process.chdir(folder);
    return run(folder);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  }
}

const MESH = { 'migrations/mesh.yaml': 'istio: "1.18"\n' };

/** Loads `migrations/` of a folder with these files; a mesh.yaml is added where none is given. */
export function load(files: Files): LoadedMigration[] {
  return inFolder({ ...MESH, ...files }, () => loadMigrations('migrations'));
}

/** What loading these files tells, line by line; empty where nothing is wrong. */
export function told(files: Files | string): string[] {
  const given = typeof files === 'string' ? { 'migrations/analytics.yaml': files } : files;
  try {
    load(given);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

/** Lines of the smallest valid migration; the image is on line 6. */
export const VALID = `namespace: smm-demo
phase: onboard
ports:
  http: 8080
kubernetes:
  image: ghcr.io/example/analytics:1.0.0
`;

/** The head of a migration without a Kubernetes side: lines 1 to 5. */
export const HEAD = `namespace: smm-demo
phase: onboard
ports:
  http: 8080
  tcp: 8083
`;
export const LONG_TERM = `${HEAD}mode: long-term\n`;
export const IMAGE = 'kubernetes: {image: a}\n';
export const EXISTING = 'kubernetes: {existing: true}\n';

/** A test for each title: what loading the text as migrations/analytics.yaml tells. */
export function tells(cases: readonly [title: string, text: string, problems: string[]][]): void {
  test.each(cases)('%s', (_, text, problems) => expect(told(text)).toEqual(problems));
}
