/**
 * Text of others in a terminal, a log or a commit message. Control characters, line ends, and characters that turn the
 * direction of what follows would rewrite what stands around them: they are shown as `\u{1b}`.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** As {@link printable}, for text of several lines: line ends stay. */
export function printableLines(text: string): string {
  return text.split(/\r?\n/).map(printable).join('\n');
}
