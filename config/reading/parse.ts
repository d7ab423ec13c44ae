import type * as z from 'zod';
import { explain, inPlainWords } from '../explain';
import { type Path, type Problem, valueAt } from '../problem';

/** What a schema makes of an input. */
export interface Parsed<T> {
  /** The input with defaults filled in; where it has problems, without the values that have them. */
  readonly value?: T;
  readonly problems: readonly Problem[];
}

/**
 * Checks an input against a schema. Where it fails, the sound rest is returned too, so that later checks can tell
 * their problems in the same run; `fallback` stands in for required fields at the top.
 */
export function parse<S extends z.ZodType>(
  schema: S,
  input: unknown,
  fallback: Readonly<Record<string, unknown>>,
): Parsed<z.output<S>> {
  const reserved = reservedKeys(input);
  if (reserved.length > 0) return { problems: reserved };
  // To compile a parser for each object, as zod would, takes longer than to check one file, and gains nothing for many.
  const result = schema.safeParse(input, { error: inPlainWords, jitless: true });
  if (result.success) return { value: result.data, problems: [] };
  const problems = explain(result.error, input);
  if (problems.some(({ path }) => path.length === 0)) return { problems };
  return { value: salvage(schema, structuredClone(input), fallback), problems };
}

/**
 * Keys that JavaScript keeps for itself. zod drops the first in silence, and cdk8s tells by the second what it may
 * render; Kubernetes would take `constructor` as the key of a label.
 */
const RESERVED = ['__proto__', 'constructor'];

function reservedKeys(value: unknown, path: Path = [], seen = new Set<unknown>()): Problem[] {
  // A value may be met again, even inside itself, where YAML names it by an alias.
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  const steps: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return steps.flatMap((step) => {
    const at = [...path, step];
    if (RESERVED.includes(String(step)))
      return [
        { path: at, message: `${JSON.stringify(step)} can't be a key: JavaScript keeps it for itself` },
      ];
    return reservedKeys((value as Record<string | number, unknown>)[step], at, seen);
  });
}

/** Takes out what fails until the rest passes. */
function salvage<S extends z.ZodType>(
  schema: S,
  input: unknown,
  fallback: Readonly<Record<string, unknown>>,
): z.output<S> | undefined {
  // Each round takes out at least one level of what failed in the round before.
  for (let round = 0; round < 10; round++) {
    const result = schema.safeParse(input);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const path = issue.path as (string | number)[];
      if (issue.code === 'unrecognized_keys')
        for (const key of issue.keys) takeOut(input, [...path, key], {});
      else takeOut(input, path, fallback);
    }
  }
  return undefined;
}

function takeOut(root: unknown, path: Path, fallback: Readonly<Record<string, unknown>>): void {
  const key = path.at(-1);
  const parentPath = path.slice(0, -1);
  const parent = valueAt(root, parentPath);
  if (key === undefined || typeof parent !== 'object' || parent === null) return;
  // Without one item the others would move, and their indexes would be told wrong.
  const whole = Array.isArray(parent);
  const top = path.length === 1 && Object.hasOwn(fallback, key);
  if (whole) takeOut(root, parentPath, fallback);
  else if (top) (parent as Record<string, unknown>)[key] = fallback[key];
  else if (Object.hasOwn(parent, key)) delete (parent as Record<string | number, unknown>)[key];
  else takeOut(root, parentPath, fallback);
}
