import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The library in this repository; in a user's it is the package. */
const LIBRARY = resolve(__dirname, '../output');

/** An import of `renderMigrations` alone, and one call of it, with nothing but texts given. */
const PLAIN =
  /^import\{renderMigrations\}from(['"])([^'"]+)\1;?renderMigrations\((?:\{(?:(?:from|to):(['"])[^'"\\]*\3,?)*\})?\);?$/;

/**
 * Whether an app does nothing but render migrations. Only then its next run may leave out what did not change: an app
 * that does more might change what is rendered by something that nobody sees, such as the time or another file.
 */
export function isPlainApp(app: string): boolean {
  const code = readFileSync(app, 'utf8')
    .replaceAll(/\/\*.*?\*\/|^\s*\/\/.*$/gms, '')
    .replaceAll(/\s+(?=[^\s\w]|$)|(?<=^|[^\s\w])\s+/g, '')
    .replaceAll(/\bimport\s*\{|\}\s*from\b/g, (part) => part.replaceAll(/\s/g, ''));
  const [, , library] = PLAIN.exec(code) ?? [];
  return library === 'meshferry' || (library !== undefined && resolve(dirname(app), library) === LIBRARY);
}
