/**
 * Scalars as kubectl reads them. It reads YAML with sigs.k8s.io/yaml, that is with go-yaml 2: YAML 1.1, where `yes` is
 * true and `010` is 8, but where a timestamp and `12:30` stay text.
 */

/** A value that has no form in JSON, in kubectl's reading. */
export class ScalarError extends Error {}

const WORDS = new Map<string, boolean | number | null>([
  ...wordsFor(true, ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']),
  ...wordsFor(false, ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']),
  ...wordsFor(null, ['', '~', 'null', 'Null', 'NULL']),
  ...wordsFor(Number.NaN, ['.nan', '.NaN', '.NAN']),
  ...wordsFor(Number.POSITIVE_INFINITY, ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF']),
  ...wordsFor(Number.NEGATIVE_INFINITY, ['-.inf', '-.Inf', '-.INF']),
]);

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;

/** The value of a plain scalar without a tag. */
export function plainScalar(source: string): string | number | boolean | null {
  const word = WORDS.get(source);
  if (word !== undefined) return word;
  const first = source.charCodeAt(0);
  const digit = first >= 48 && first <= 57;
  if (source[0] === '.') return FLOAT.test(source) ? finite(source) : source;
  return digit || source[0] === '-' || source[0] === '+' ? numberOr(source) : source;
}

/**
 * The value of a scalar with a tag, such as `!!int "5"`. A tag that is none of YAML's own leaves a text.
 *
 * @throws ScalarError where the text is not what the tag says
 */
export function taggedScalar(tag: string, source: string): string | number | boolean | null {
  if (tag === '!!binary') return decodeBase64(source);
  if (!['!!bool', '!!int', '!!float', '!!null'].includes(tag)) return source;
  const value = plainScalar(source);
  const type = value === null ? '!!null' : typeof value === 'boolean' ? '!!bool' : '!!float';
  const fits = typeof value !== 'string' && (type === tag || (tag === '!!int' && Number.isInteger(value)));
  if (!fits) throw new ScalarError(`cannot read ${JSON.stringify(source)} as ${tag}`);
  return value;
}

/**
 * The name of a key, which in JSON is always text: `80` for a number, `true` for yes.
 *
 * @throws ScalarError for a key that is null
 */
export function keyName(value: string | number | boolean | null): string {
  if (value === null) throw new ScalarError('a key must not be null');
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  // Go prints such a key with the fewest digits that tell it from other numbers of 32 bits.
  const precision = [1, 2, 3, 4, 5, 6, 7, 8, 9].find(
    (digits) => Math.fround(Number(value.toPrecision(digits))) === Math.fround(value),
  );
  return String(Number(value.toPrecision(precision ?? 9)));
}

function decodeBase64(source: string): string {
  const plain = source.replace(/\s/g, '');
  if (plain.length % 4 > 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain))
    throw new ScalarError('!!binary is not base64');
  return Buffer.from(plain, 'base64').toString();
}

function numberOr(source: string): string | number {
  const plain = source.replaceAll('_', '');
  const integer = INTEGER.exec(plain);
  if (integer) {
    const [, sign, hex, binary, octal, decimal] = integer;
    const value = hex
      ? parseInt(hex, 16)
      : binary
        ? parseInt(binary, 2)
        : octal
          ? parseInt(octal, 8)
          : Number(decimal);
    return sign === '-' ? -value : value;
  }
  return FLOAT.test(plain) ? finite(plain, source) : source;
}

/** The number, or the text as it is where no number is that large. */
function finite(plain: string, source = plain): string | number {
  const value = Number(plain);
  return Number.isFinite(value) ? value : source;
}

function wordsFor<T>(value: T, words: readonly string[]): [string, T][] {
  return words.map((word) => [word, value]);
}
