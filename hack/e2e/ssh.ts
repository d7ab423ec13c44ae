import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellWord } from '../../text/shell';
import { run } from '../lab/run';
import type { Lab } from './lab';
import type { Vm } from './vm';

/** The user of a machine who may sudo. */
export const SSH_USER = 'mover';

/**
 * Makes a machine reachable by ssh: a user who may sudo, and a key for them.
 *
 * @returns a folder for the PATH with an `ssh` that uses the key, from within the lab's network
 */
export async function sshFolder(lab: Lab, vm: Vm, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = join(folder, 'key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const publicKey = readFileSync(`${key}.pub`, 'utf8').trim();
  const setUp = [
    `useradd -m -s /bin/bash ${SSH_USER}`,
    `echo "${SSH_USER} ALL=NOPASSWD:ALL" > /etc/sudoers.d/${SSH_USER}`,
    `install -d -m 0700 -o ${SSH_USER} /home/${SSH_USER}/.ssh`,
    `echo ${shellWord(publicKey)} > /home/${SSH_USER}/.ssh/authorized_keys`,
    `chown ${SSH_USER} /home/${SSH_USER}/.ssh/authorized_keys`,
  ];
  await vm.exec('sh', '-ec', setUp.join('\n'));
  const options = [
    '-i',
    key,
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
    '-o',
    'LogLevel=ERROR',
  ];
  const command = lab
    .inside(['/usr/bin/ssh', ...options]) // by its path: this file itself is the first `ssh` on the PATH
    .map(shellWord)
    .join(' ');
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return folder;
}
