/** A Kubernetes object as plain data. Nothing about its shape is taken for granted: checks also see broken ones. */
export type Manifest = Readonly<Record<string, unknown>>;

/** Where in an object something is: `['spec', 'http', 0, 'route']`. */
export type Path = readonly (string | number)[];

/** An object, and where it came from. */
export interface Source {
  readonly manifest: Manifest;
  /** File that holds it, as the user named it. */
  readonly file?: string;
  /** Line of the file at which the object starts, from 1. */
  readonly line?: number;
  /** Line of the file that holds a field, from 1. @default the object's first line */
  readonly lineOf?: (path: Path) => number | undefined;
  /** Namespace of an object that names none. @default 'default' */
  readonly namespace?: string;
  /** Kustomization that lists the file as a resource, and may change what is in it. @default none */
  readonly kustomization?: string;
  /** Keys that are written twice, each with the line of the later one. @default none */
  readonly repeated?: readonly { readonly path: Path; readonly line: number }[];
}

/** A value as an object, an empty one where it is something else. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** A value as a list, an empty one where it is something else. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A value as text, undefined where it is something else. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A value as a map of texts; entries that hold something else are left out. */
export function texts(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(fields(value));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Whether labels hold everything that a selector asks for. An empty selector matches nothing. */
export function selects(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** `spec.http[0].route`, with keys that hold dots in brackets. */
export function formatPath(path: Path): string {
  return path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`;
      return /^[\w-]+$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`;
    })
    .join('')
    .replace(/^\./, '');
}
