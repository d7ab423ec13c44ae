import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** A file that is not the same in two folders. */
export interface Difference {
  /** Path in the folders. */
  readonly file: string;
  /** missing: it should be there; extra: it should not; other: it holds something else. */
  readonly is: 'missing' | 'extra' | 'other';
}

/** Paths of the files below a folder, sorted, with `/` between their parts; none where there is no such folder. */
export function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll(sep, '/'))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** What differs in `actual` from `expected`, sorted by file. */
export function differences(actual: string, expected: string): Difference[] {
  const there = new Set(listFiles(actual));
  const wanted = new Set(listFiles(expected));
  const isFile = (file: string) => lstatSync(join(actual, file)).isFile();
  const read = (folder: string, file: string) => readFileSync(join(folder, file));
  return [...new Set([...there, ...wanted])].sort().flatMap((file): Difference[] => {
    if (!there.has(file)) return [{ file, is: 'missing' }];
    if (!wanted.has(file)) return [{ file, is: 'extra' }];
    // A link to the same text is still not the file.
    const same = isFile(file) && read(actual, file).equals(read(expected, file));
    return same ? [] : [{ file, is: 'other' }];
  });
}
