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
 * by others in between. Where the file is a mount of its own (/etc/hosts in a container, and in the agent's unit, where
 * the folder around it is read-only too) it cannot be replaced, and is written in place.
 */
export function writeAtomically(file: string, content: string, { mode, owner }: FileAccess): void {
  const beside = `${file}.meshferry-new`;
  try {
    rmSync(beside, { force: true });
    const handle = openSync(beside, 'wx', 0o600);
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
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'EROFS') rmSync(beside, { force: true });
    if (!IS_A_MOUNT.includes(code) || !existsSync(file)) throw error;
    writeFileSync(file, content);
  }
}

/** What the kernel says to whoever replaces a mounted file, or makes another one in the read-only folder around it. */
const IS_A_MOUNT: readonly string[] = ['EBUSY', 'EROFS'];
