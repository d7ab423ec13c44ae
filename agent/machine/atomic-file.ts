import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

/** Permissions and owner of a file. */
export interface FileAccess {
  /** Permission bits, e.g. 0o600. */
  readonly mode: number;
  /** Ids of user and group. @default those of the process */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/**
 * Writes a file so that readers see the old content or the new, never a part of it, and others can never read a
 * secret in between. A file that is a mount of its own cannot be replaced, and is written in place: /etc/hosts in a
 * container, and in the agent's unit, where the folder around it is read-only too.
 */
export function writeAtomically(file: string, content: string, { mode, owner }: FileAccess): void {
  const beside = `${file}.meshferry-new`;
  try {
    rmSync(beside, { force: true });
    const handle = openSync(beside, 'wx', 0o600);
    try {
      writeSync(handle, content);
      // By the handle, not by the name: istio-proxy may write some of the folders, and could put a link there.
      if (owner) fchownSync(handle, owner.uid, owner.gid);
      fchmodSync(handle, mode);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
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
