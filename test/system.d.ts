/** What something of the system is needed for, and Debian's package of it. */
export interface Need {
  readonly package: string;
  readonly for: string;
  /** A file that is looked for in place of a program. */
  readonly file?: string;
}

export const SYSTEM: Readonly<Record<string, Need>> & { readonly faketime: Need };

/** Names of {@link SYSTEM}, `mounts` or `root`, that are not there. */
export function missing(names?: readonly string[]): string[];

/** What a person does about it. */
export function remedy(names: readonly string[]): string;
