import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shellWord } from '../../../text/shell';
import { LAB_SOURCE } from '../paths';
import type { Layout } from './layout';

/** The programs of a lab that a person calls by name, and where they really are. */
export interface Tools {
  readonly kubectl: string;
  readonly istioctl: string;
  /** A Docker client; where the machine has none, podman stands in, inside the lab. */
  readonly docker: string | undefined;
}

/** Writes the folder that `lab:env` puts on the PATH: kubectl, istioctl, docker, and `lab` for any other command. */
export async function writeWrappers(lab: Layout, tools: Tools): Promise<void> {
  const enter = `bash ${shellWord(join(LAB_SOURCE, 'local', 'enter.sh'))} ${shellWord(lab.state)}`;
  const network = `bash ${shellWord(join(LAB_SOURCE, 'local', 'enter-network.sh'))} ${shellWord(lab.state)}`;
  const docker = tools.docker
    ? `DOCKER_HOST=unix://${shellWord(lab.dockerSocket)} exec ${shellWord(tools.docker)}`
    : `CONTAINERS_CONF=${shellWord(`${lab.configs}/containers.conf`)} CONTAINERS_STORAGE_CONF=${shellWord(`${lab.configs}/storage.conf`)} exec ${enter} podman`;
  const wrappers = {
    kubectl: `exec ${network} ${shellWord(tools.kubectl)}`,
    istioctl: `exec ${network} ${shellWord(tools.istioctl)}`,
    docker,
    lab: `exec ${enter}`,
  };
  for (const [name, command] of Object.entries(wrappers)) {
    const file = join(lab.bin, name);
    await writeFile(file, `#!/bin/sh\n${command} "$@"\n`);
    await chmod(file, 0o755);
  }
}
