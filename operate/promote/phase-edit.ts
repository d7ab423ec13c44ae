import { isScalar, parseDocument } from 'yaml';

/** The declaration has no phase that could be edited. */
export class PhaseEditError extends Error {
  override readonly name = 'PhaseEditError';
}

/**
 * Changes the current phase in the text of a migration's file: one word, everything else to the byte as it was,
 * comments, quotes, line ends and layout included.
 *
 * @param text of `migrations/<name>.yaml`
 * @param phase name of a phase; needs no quotes in YAML, since phases are lower-case words, digits and dashes
 * @returns the text to write
 * @throws PhaseEditError where `phase` is not a plain word in this file, such as an alias of another value
 */
export function setPhase(text: string, phase: string): string {
  const { start, end, quote } = locatePhase(text);
  return `${text.slice(0, start)}${quote}${phase}${quote}${text.slice(end)}`;
}

/**
 * The phase that the text of a migration's file declares, without a look at the rest of it.
 *
 * @throws PhaseEditError as {@link setPhase}
 */
export function phaseIn(text: string): string {
  const { start, end, quote } = locatePhase(text);
  return text.slice(start + quote.length, end - quote.length);
}

/** Offsets of the word, its quotes included. */
function locatePhase(text: string): { start: number; end: number; quote: '' | '"' | "'" } {
  const node = parseDocument(text).get('phase', true);
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) {
    throw new PhaseEditError('`phase` is not a word in this file: write `phase: onboard` at its top level');
  }
  const [start, end] = node.range;
  const written = text.slice(start, end);
  const quote = (['"', "'"] as const).find((mark) => written.startsWith(mark)) ?? '';
  if (written !== `${quote}${node.value}${quote}`) {
    throw new PhaseEditError(
      `\`phase\` is written as ${written}: write it as one plain word on its own line`,
    );
  }
  return { start, end, quote };
}
