import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quote } from '../env';
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
  const enter = `bash ${quote(join(LAB_SOURCE, 'local', 'enter.sh'))} ${quote(lab.state)}`;
  const network = `bash ${quote(join(LAB_SOURCE, 'local', 'enter-network.sh'))} ${quote(lab.state)}`;
  const docker = tools.docker
    ? `DOCKER_HOST=unix://${quote(lab.dockerSocket)} exec ${quote(tools.docker)}`
    : `CONTAINERS_CONF=${quote(`${lab.configs}/containers.conf`)} CONTAINERS_STORAGE_CONF=${quote(`${lab.configs}/storage.conf`)} exec ${enter} podman`;
  const wrappers = {
    kubectl: `exec ${network} ${quote(tools.kubectl)}`,
    istioctl: `exec ${network} ${quote(tools.istioctl)}`,
    docker,
    lab: `exec ${enter}`,
  };
  for (const [name, command] of Object.entries(wrappers)) {
    const file = join(lab.bin, name);
    await writeFile(file, `#!/bin/sh\n${command} "$@"\n`);
    await chmod(file, 0o755);
  }
}
