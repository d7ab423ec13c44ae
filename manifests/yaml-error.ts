/** Why a text is not read as YAML, and where. */
export class YamlError extends Error {
  constructor(
    reason: string,
    /** Line of the text, from 1. */
    readonly line: number,
  ) {
    super(reason);
    this.name = 'YamlError';
  }
}

/** Line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
