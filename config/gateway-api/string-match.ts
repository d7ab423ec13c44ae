import type { Rule } from '../schema/rule';

/** Istio's StringMatch. */
export type StringMatch = NonNullable<NonNullable<Rule['match']>[number]['uri']>;

/** A condition of the Gateway API on a header or a query parameter. */
export interface ValueMatch {
  readonly type: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
}

/** Conditions on named values. The Gateway API knows no prefixes; an expression says the same. */
export function valueMatches(matches: Readonly<Record<string, StringMatch>> = {}): ValueMatch[] {
  return Object.entries(matches).map(([name, { exact, prefix, regex }]) =>
    exact !== undefined
      ? { type: 'Exact', name, value: exact }
      : {
          type: 'RegularExpression',
          name,
          value: prefix !== undefined ? beginsWith(prefix) : (regex ?? '.*'),
        },
  );
}

/** An RE2 expression for the whole of a text that begins so. */
export function beginsWith(prefix: string): string {
  return `${quoted(prefix)}.*`;
}

/** Text as an RE2 expression that takes it literally. */
export function quoted(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
