import { distance } from 'fastest-levenshtein';

/** Edits by which a slip of the pen differs from what was meant. */
const SLIP = 2;

/** Names that are compared with one that is missing. */
const MOST_COMPARED = 200;

/**
 * Whether a name looks like a slip of the pen for another one. Names that differ in digits or in their last word are
 * siblings (`web-1` and `web-2`), and short names are too close to each other to tell.
 */
export function looksMistyped(name: string, known: string): boolean {
  const stem = (value: string) => value.split('.')[0]?.split('-').slice(0, -1).join('-') ?? '';
  const siblings =
    withoutDigits(name) === withoutDigits(known) || (stem(name) !== '' && stem(name) === stem(known));
  return !siblings && name.length >= 6 && distance(name, known) <= SLIP;
}

/** Names that are declared, some of them with `*` in front, and a search for the one that was meant. */
export class KnownNames {
  readonly #names: ReadonlySet<string>;
  #index: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  /** Whether a name is declared, by itself or by a wildcard. */
  has(name: string): boolean {
    if (this.#names.has(name) || this.#names.has('*')) return true;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1))
      if (this.#names.has(`*${name.slice(dot)}`)) return true;
    return false;
  }

  /**
   * The declared name for which another one looks like a slip of the pen in its first part or in the rest, the nearest
   * of several. To be fast among very many names, it looks at few of those that have a piece in common.
   */
  meant(name: string): string | undefined {
    this.#index ??= indexOf(this.#names);
    const candidates = new Set<string>();
    for (const key of keysNear(name)) for (const known of this.#index.get(key) ?? []) candidates.add(known);
    return [...candidates]
      .slice(0, MOST_COMPARED)
      .filter((known) => looksMistyped(name, known))
      .sort((one, other) => distance(name, one) - distance(name, other) || (one < other ? -1 : 1))[0];
  }
}

/** Pieces of a name, of which a few edits leave one as it is. */
const PIECES = SLIP + 1;

function indexOf(names: Iterable<string>): Map<string, string[]> {
  const index = new Map<string, string[]>();
  const add = (key: string, name: string) => {
    const known = index.get(key);
    if (!known) index.set(key, [name]);
    else if (known.length < MOST_COMPARED) known.push(name);
  };
  for (const name of names) {
    const { first, rest } = split(name);
    add(`${first} *`, name);
    for (const { number, start, end } of pieces(first.length))
      add(key(rest, first.length, number, first.slice(start, end)), name);
  }
  return index;
}

/** Keys of the names that may differ by few edits: a piece stands where it stood, or a few letters beside. */
function* keysNear(name: string): Generator<string> {
  const { first, rest } = split(name);
  for (let length = first.length - SLIP; length <= first.length + SLIP; length++)
    for (const { number, start, end } of pieces(length))
      for (let shift = -SLIP; shift <= SLIP; shift++)
        if (start + shift >= 0 && end + shift <= first.length)
          yield key(rest, length, number, first.slice(start + shift, end + shift));
  yield `${first} *`;
}

function key(rest: string, length: number, piece: number, text: string): string {
  return `${rest} ${length} ${piece} ${text}`;
}

function pieces(length: number) {
  return Array.from({ length: PIECES }, (_, number) => ({
    number,
    start: Math.floor((length * number) / PIECES),
    end: Math.floor((length * (number + 1)) / PIECES),
  }));
}

/** The first part of a host or of `<namespace>/<name>`, and the rest; numbers count as one letter. */
function split(name: string): { first: string; rest: string } {
  const plain = withoutDigits(name);
  const end = plain.search(/[./]/);
  return end < 0 ? { first: plain, rest: '' } : { first: plain.slice(0, end), rest: plain.slice(end) };
}

function withoutDigits(name: string): string {
  return name.replace(/\d+/g, '#');
}
