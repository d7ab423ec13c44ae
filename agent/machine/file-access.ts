import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
} from 'node:fs';
import type { FileAccess } from './atomic-file';

/*
 * Some of the folders belong to istio-proxy, who may change what a name in them means at any moment: a file is looked
 * at, and its mode and owner changed, by one handle, and no link is followed.
 */

/** The agent's own user: root. */
const OWN = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

/** Whether a file has this content; its mode and owner are corrected where it has. */
export function isAsWanted(path: string, content: string, { mode, owner }: FileAccess): boolean {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  const handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile() || readFileSync(handle, 'utf8') !== content) return false;
    const { uid, gid } = owner ?? OWN;
    if (stat.uid !== uid || stat.gid !== gid) fchownSync(handle, uid, gid);
    if ((stat.mode & 0o777) !== mode) fchmodSync(handle, mode);
    return true;
  } finally {
    closeSync(handle);
  }
}

/** Gives a file or a folder to the agent's own user, root, and lets nobody else write it. A link is left alone. */
export function takeBack(path: string): void {
  const handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(handle);
    fchownSync(handle, OWN.uid, OWN.gid);
    fchmodSync(handle, stat.isDirectory() ? 0o755 : stat.mode & 0o755);
  } finally {
    closeSync(handle);
  }
}
