/** Variables that a lab gives to a shell. */
export interface LabEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Folder that comes first on the PATH. */
  readonly bin: string;
}

/** Lines for `eval` in a POSIX shell. */
export function exportLines({ variables, bin }: LabEnvironment): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  return `${[...lines, `export PATH=${quote(bin)}:"$PATH"`].join('\n')}\n`;
}

/** A word that a POSIX shell takes as it is. */
export function quote(text: string): string {
  return /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
