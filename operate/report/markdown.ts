/** Most characters that a forge takes: GitHub refuses a longer body. Counted in bytes here, to be on the safe side. */
export const MOST_BYTES = 65_536;

const LONGEST_VALUE = 120;

/** A value as code in one line of Markdown, shortened where it is long. */
export function code(value: unknown): string {
  const plain = typeof value === 'string' && /^[^\s`|"][^\n\r`|]*$/.test(value);
  const text = plain ? value : (JSON.stringify(value) ?? 'nothing');
  const short = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
  // As many backticks around as the longest run inside, and one more.
  const fence = '`'.repeat(Math.max(0, ...[...short.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return fence.length > 1 ? `${fence} ${short} ${fence}` : `\`${short}\``;
}

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('\n', ' ').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * The first of several forms of a text that fits.
 *
 * @param forms from the longest to the shortest; the last is cut where even that is too long
 * @param most bytes
 */
export function firstThatFits(forms: readonly (() => string)[], most: number = MOST_BYTES): string {
  let text = '';
  for (const form of forms) {
    text = form();
    if (Buffer.byteLength(text) <= most) return text;
  }
  const end = '\n\n… cut: too long for one text\n';
  return (
    Buffer.from(text)
      .subarray(0, most - Buffer.byteLength(end) - 3)
      .toString('utf8')
      .replace(/\ufffd+$/, '') + end
  );
}
