import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a signature is for, so that one of something else does not pass for it. */
const NAMESPACE = 'meshferry';

/** Writes SHA256SUMS of all files of a folder, as `sha256sum --check` reads it. */
export function writeSums(folder: string): void {
  const lines = readdirSync(folder)
    .filter((file) => !file.startsWith('SHA256SUMS'))
    .sort()
    .map(
      (file) =>
        `${createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('hex')}  ${file}\n`,
    );
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
}

/**
 * Signs SHA256SUMS, into SHA256SUMS.sig. OpenSSH signs, since it is on every machine: the key may lie in a file, in an
 * agent, or in a hardware token.
 *
 * @param key an SSH private key, or a public one whose private half an ssh-agent holds
 * @throws Error with what ssh-keygen said
 */
export function signSums(folder: string, key: string): void {
  execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', NAMESPACE, '-f', key, join(folder, 'SHA256SUMS')], {
    stdio: ['inherit', 'inherit', 'inherit'],
  });
}
