import { relative } from 'node:path';

/** A path as messages name it: relative to the working directory, with "/" between folders. */
export function displayPath(path: string): string {
  return relative(process.cwd(), path).replaceAll('\\', '/') || '.';
}
