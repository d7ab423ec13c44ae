/**
 * Writes JSON data as YAML, in the block style that kubectl prints.
 *
 * Own code where `yaml` and `js-yaml` exist, for one reason: writing YAML is most of what a render costs, and both take
 * ten times as long (bench/). It is small because it knows JSON data only, and safe because it is shy: a string stays
 * without quotes only where YAML 1.1 (which Kubernetes reads) and YAML 1.2 both see nothing but text. A property test
 * reads everything back with `yaml` in both versions.
 */
export function toYaml(value: object): string {
  return Array.isArray(value) ? list(value, '') : map(value as Record<string, unknown>, '');
}

/** Letters first, then what neither version gives a meaning to in the midst of text. */
const PLAIN = /^[A-Za-z_/](?:[\w./@%+=-]|:(?=[\w/])|,(?=\w)| (?=[\w(/]))*$/;
/** Text that one of the versions takes for a boolean, a null or a number: to some readers an exponent alone is one. */
const WORDS = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|e[-+]?[\d_]+)$/i;
/** Readable as a literal block: printable lines, none with blanks at an end, and at most one line break at the end. */
const BLOCK = /^(?:[!-~](?:[ -~]*[!-~])?\n|\n(?!$|\n*$))+(?:[!-~](?:[ -~]*[!-~])?)?$/;

function map(object: Readonly<Record<string, unknown>>, indent: string): string {
  let text = '';
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    text += `${indent}${scalar(key)}:${nested(value, indent)}`;
  }
  return text;
}

function list(items: readonly unknown[], indent: string): string {
  let text = '';
  for (const item of items) {
    const inner = `${indent}  `;
    if (isFull(item)) {
      const block = Array.isArray(item) ? list(item, inner) : map(item as Record<string, unknown>, inner);
      text += `${indent}- ${block.slice(inner.length)}`;
    } else {
      text += `${indent}-${nested(item, indent)}`;
    }
  }
  return text;
}

/** What follows a key's colon or an item's dash, its line break included. */
function nested(value: unknown, indent: string): string {
  if (isFull(value)) {
    // kubectl does not indent a list under its key.
    return `\n${Array.isArray(value) ? list(value, indent) : map(value as Record<string, unknown>, `${indent}  `)}`;
  }
  if (typeof value === 'string' && BLOCK.test(value)) return literal(value, `${indent}  `);
  return ` ${scalar(value)}\n`;
}

function literal(text: string, indent: string): string {
  const lines = text.split('\n');
  const ends = lines.at(-1) === '';
  if (ends) lines.pop();
  return ` ${ends ? '|' : '|-'}\n${lines.map((line) => (line ? `${indent}${line}\n` : '\n')).join('')}`;
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return PLAIN.test(value) && !WORDS.test(value) ? value : quoted(value);
  if (Array.isArray(value)) return '[]';
  return value !== null && typeof value === 'object' ? '{}' : String(value);
}

/** JSON's quoting is YAML's, but for characters that YAML does not take as they are. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isFull(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  for (const _ in value) return true;
  return false;
}
