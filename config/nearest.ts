import { closest, distance } from 'fastest-levenshtein';

/** The known word that was probably meant, or undefined where none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(word, known);
  const edits = distance(word.toLowerCase(), candidate.toLowerCase());
  return edits <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3))
    ? candidate
    : undefined;
}

/** ` did you mean "…"?` as the end of a message, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const candidate = nearest(word, known);
  return candidate === undefined ? '' : `; did you mean "${candidate}"?`;
}
