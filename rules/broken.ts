import type { Manifest, Path } from '../manifests/manifest';

/** A rule that an object breaks. */
export interface Broken {
  readonly path: Path;
  /** What is wrong, in one sentence without a full stop. */
  readonly message: string;
  /** What to do about it, in one sentence without a full stop. */
  readonly fix: string;
}

/** What an object breaks of the rules for its kind. It may hold values of any type: its schema is another check's. */
export type Rules = (manifest: Manifest) => Iterable<Broken>;

/** A part of an object as rules read it. */
export type Part = Readonly<Record<string, unknown>>;

/** Whether a field says something: for Istio, as in every protobuf message, an empty text and 0 are what is not set. */
export function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return false;
  return !Array.isArray(value) || value.length > 0;
}

/** Whether a field that holds an object or a list is there at all. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
