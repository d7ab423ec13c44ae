import { printable } from '../../text/printable';

/** Most characters that a forge takes: GitHub refuses a longer body. Counted in bytes here, to be on the safe side. */
export const MOST_BYTES = 65_536;

const LONGEST_VALUE = 120;

/**
 * Markdown whose markup was written here. Names, messages of a cluster and words of a person get into it as code alone:
 * in code, forges read no markup, no HTML, no mention, no reference and no command.
 */
export class Markdown {
  /** For this file alone: anything else makes Markdown by {@link md}. */
  constructor(readonly text: string) {}
}

/**
 * Markdown from a template. Its literal parts are taken as they are, and so are numbers and Markdown; each text in
 * between becomes code.
 */
export function md(
  literals: TemplateStringsArray,
  ...values: readonly (Markdown | string | number)[]
): Markdown {
  const parts = values.map((value) => {
    if (value instanceof Markdown) return value.text;
    return typeof value === 'number' ? String(value) : code(value).text;
  });
  return new Markdown(literals.map((literal, index) => literal + (parts[index] ?? '')).join(''));
}

/** A sentence of the program's own, such as the summary of a phase: none of it comes from outside. */
export function ours(sentence: string): Markdown {
  return new Markdown(sentence);
}

/** Several pieces as one; empty ones are left out. */
export function join(pieces: readonly Markdown[], separator: string): Markdown {
  return new Markdown(
    pieces
      .map(({ text }) => text)
      .filter(Boolean)
      .join(separator),
  );
}

/**
 * Any value as code in one line.
 *
 * @param most characters; a longer one is cut
 */
export function code(value: unknown, most: number = LONGEST_VALUE): Markdown {
  const isPlain = typeof value === 'string' && /^[^\s"](.*[^\s])?$/su.test(value);
  const characters = [...printable(isPlain ? value : (JSON.stringify(value) ?? 'nothing'))];
  const text = characters.length > most ? `${characters.slice(0, most).join('')}…` : characters.join('');
  // In a table a pipe ends the cell, within backticks too, and no escape of it survives a backslash before it.
  if (text.includes('|')) return new Markdown(`<code>${entities(text)}</code>`);
  // As many backticks around as the longest run inside, and one more.
  const fence = '`'.repeat(Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return new Markdown(fence.length > 1 ? `${fence} ${text} ${fence}` : `\`${text}\``);
}

/** Text without a character that Markdown or HTML reads. What stands in `<code>` is still searched for addresses. */
function entities(text: string): string {
  return text
    .replaceAll(/[!-/:-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replaceAll('&#64;', '&#64;&#8203;');
}

/** A table. */
export function table(head: readonly string[], rows: readonly (readonly Markdown[])[]): Markdown {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const lines = [head, head.map(() => '---'), ...rows.map((cells) => cells.map(({ text }) => text))];
  return new Markdown(lines.map(line).join('\n'));
}

/**
 * The first of several forms of a text that fits.
 *
 * @param forms from the longest to the shortest; the last is cut at the end of a line where even that is too long
 * @param most bytes
 */
export function firstThatFits(forms: readonly (() => Markdown)[], most: number = MOST_BYTES): string {
  let text = '';
  for (const form of forms) {
    text = form().text;
    if (Buffer.byteLength(text) <= most) return text;
  }
  const end = '\n\n… cut: too long for one text\n';
  const room = most - Buffer.byteLength(end);
  const kept = Buffer.from(text).subarray(0, room).toString('utf8');
  // In the middle of a line it could end between two backticks.
  return kept.slice(0, Math.max(0, kept.lastIndexOf('\n'))) + end;
}
