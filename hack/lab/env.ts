import { shellWord } from '../../text/shell';

/** Variables that a lab gives to a shell. */
export interface LabEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Folder that comes first on the PATH. */
  readonly bin: string;
}

/** Lines for `eval` in a POSIX shell. */
export function exportLines({ variables, bin }: LabEnvironment): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${shellWord(value)}`);
  return `${[...lines, `export PATH=${shellWord(bin)}:"$PATH"`].join('\n')}\n`;
}
