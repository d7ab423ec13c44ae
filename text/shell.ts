/**
 * Text as one word of a POSIX shell, always in single quotes, as `istioctl` writes its cluster.env: no shell reads
 * anything into it.
 *
 * @throws RangeError where the text holds a NUL, which no word of a shell can
 */
export function shellQuoted(text: string): string {
  if (text.includes('\0')) throw new RangeError('a word of a shell cannot hold a NUL character');
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** As {@link shellQuoted}, but without quotes where a shell reads nothing into the text: for lines that people read. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+,-]+$/.test(text) ? text : shellQuoted(text);
}
