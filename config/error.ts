import { printable } from '../text/printable';

/** One thing that is wrong with the input. */
export interface ConfigIssue {
  /** What was received, what is wrong, and what to do. */
  readonly message: string;
  /** Way to the value, e.g. `kubernetes.image` or `rules[0].timeout`; empty: the file as a whole. */
  readonly path: string;
  /** The file, relative to the working directory; absent: the input came from TypeScript. */
  readonly file?: string;
  /** Line in the file, from 1. */
  readonly line?: number;
  /** Column in the line, from 1. */
  readonly column?: number;
}

/** Everything that is wrong with the input, at once. The message is meant to be printed as it is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** @param issues at least one, in the order in which they are printed */
  constructor(readonly issues: readonly ConfigIssue[]) {
    super(issues.map(formatIssue).join('\n'));
  }
}

function formatIssue({ message, path, file: name, line }: ConfigIssue): string {
  const file = name && printable(name);
  const place = file && (line ? `${file}:${line}` : file);
  const where = path && place ? `${path} (${place})` : path || place;
  return where ? `✖ ${message} → at ${where}` : `✖ ${message}`;
}
