import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

/** Who may do what with a file. */
export interface FileAccess {
  /** Permission bits, e.g. 0o600. */
  readonly mode: number;
  /** Ids of user and group. @default those of the process */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/**
 * Writes a file so that whoever reads it sees the old content or the new, never a part; a secret is never readable
 * by others in between. Where the file is a mount of its own (/etc/hosts in a container) it cannot be replaced, and
 * is written in place.
 */
export function writeAtomically(file: string, content: string, { mode, owner }: FileAccess): void {
  const beside = `${file}.meshferry-new`;
  rmSync(beside, { force: true });
  const handle = openSync(beside, 'wx', 0o600);
  try {
    try {
      writeSync(handle, content);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    chmodSync(beside, mode);
    if (owner) chownSync(beside, owner.uid, owner.gid);
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || !existsSync(file)) throw error;
    writeFileSync(file, content);
  }
}
