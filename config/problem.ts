/** Way to a value: keys of mappings and indexes of lists, from the outermost. */
export type Path = readonly (string | number)[];

/** Something wrong with one value, not yet placed in a file. */
export interface Problem {
  readonly path: Path;
  /** What was received, what is wrong, what to do; starts in lower case or with the value. */
  readonly message: string;
}

/** The path in the notation of JavaScript: `rules[0].match`, `labels["a/b"]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_][-\w]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** Whether one of the paths is the other, or leads to it; `'[]'` stands for every index. */
export function overlap(one: Path, other: Path): boolean {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i++) {
    const [a, b] = [one[i], other[i]];
    const anyIndex = (a === '[]' && typeof b === 'number') || (b === '[]' && typeof a === 'number');
    if (a !== b && !anyIndex) return false;
  }
  return true;
}

/** The value that a path leads to, or undefined where it leads nowhere. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
