import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The library in this repository; in a user's it is the package. */
const LIBRARY = resolve(__dirname, '../output');

/** Blanks and comments. */
const GAP = String.raw`(?:\s|/\*(?:(?!\*/)[^])*\*/|//[^\n]*(?:\n|$))*`;
const TEXT = String.raw`(?:'[^'\\\n]*'|"[^"\\\n]*")`;

/** An import of `renderMigrations` alone, and one call of it, with nothing but texts given. */
const PLAIN = pattern(
  ['import', '\\{', 'renderMigrations', ',?', '\\}', 'from', `(?<library>${TEXT})`, ';?'],
  [
    'renderMigrations',
    '\\(',
    `(?:\\{${GAP}(?:(?:from|to)${GAP}:${GAP}${TEXT}${GAP},?${GAP})*\\})?`,
    '\\)',
    ';?',
  ],
);

/**
 * Whether an app does nothing but render migrations. Only then may its next run leave out what did not change: an app
 * that does more may render by something that is not tracked, such as the time or another file.
 */
export function isPlainApp(app: string): boolean {
  const library = PLAIN.exec(readFileSync(app, 'utf8'))?.groups?.library?.slice(1, -1);
  return library === 'meshferry' || (library !== undefined && resolve(dirname(app), library) === LIBRARY);
}

function pattern(...statements: readonly (readonly string[])[]): RegExp {
  return new RegExp(`^${['', ...statements.flat(), ''].join(GAP)}$`);
}
