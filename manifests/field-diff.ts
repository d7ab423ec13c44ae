/** A field that differs between two versions of an object. */
export interface FieldChange {
  /** `spec.http[0].route[v0].weight`; members of lists go by their name where they have one. */
  readonly path: string;
  /** Absent: the field is new. */
  readonly before?: unknown;
  /** Absent: the field is gone. */
  readonly after?: unknown;
}

/** What differs between two values, by field, in the order of the later one. */
export function fieldChanges(before: unknown, after: unknown, path = ''): FieldChange[] {
  if (same(before, after)) return [];
  if (isMap(before) && isMap(after))
    return changesOf(before, after, (key) => (path ? `${path}.${key}` : key));
  if (Array.isArray(before) && Array.isArray(after) && [...before, ...after].every(isMap)) {
    return changesOf(members(before), members(after), (name) => `${path}[${name}]`);
  }
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

function changesOf(before: Fields, after: Fields, pathTo: (key: string) => string): FieldChange[] {
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...keys].flatMap((key) => fieldChanges(before[key], after[key], pathTo(key)));
}

type Fields = Readonly<Record<string, unknown>>;

/** Members by what a person calls them, where that is unique in the list; else by position. */
function members(list: readonly unknown[]): Fields {
  const names = list.map(nameOf);
  const unique = names.every((name) => name !== undefined) && new Set(names).size === names.length;
  // A null prototype, since names are the user's: `constructor` is one.
  const fields: Record<string, unknown> = Object.create(null);
  for (const [index, item] of list.entries()) fields[unique ? String(names[index]) : String(index)] = item;
  return fields;
}

function nameOf(item: unknown): string | undefined {
  const { name, kind, destination } = item as Fields;
  if (isMap(destination)) return text(destination.subset) ?? text(destination.host);
  return text(name) && text(kind) ? `${kind} ${name}` : text(name);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => same(item, b[index]));
  }
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}
