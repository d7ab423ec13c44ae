import { distance } from 'fastest-levenshtein';

/**
 * Whether a name looks like a slip of the pen for another one. Names that differ in digits or in their last word are
 * siblings (`web-1` and `web-2`), and short names are too close to each other to tell.
 */
export function looksMistyped(name: string, known: string): boolean {
  const plain = (value: string) => value.replace(/\d+/g, '#');
  const stem = (value: string) => value.split('.')[0]?.split('-').slice(0, -1).join('-') ?? '';
  const siblings = plain(name) === plain(known) || (stem(name) !== '' && stem(name) === stem(known));
  return !siblings && name.length >= 6 && distance(name, known) <= 2;
}
