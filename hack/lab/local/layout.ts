import { join } from 'node:path';

/** Where a local lab keeps what, below its state folder. */
export function layout(state: string) {
  return {
    state,
    /** Pids of `unshare` and of the first process, when the latter started, and in which start of the machine. */
    pids: join(state, 'pids'),
    cgroups: join(state, 'cgroups'),
    ready: join(state, 'ready'),
    logs: join(state, 'logs'),
    run: join(state, 'run'),
    answered: join(state, 'answered'),
    probes: join(state, 'probes'),
    pki: join(state, 'pki'),
    kubeconfig: join(state, 'kubeconfig'),
    configs: join(state, 'configs'),
    dockerSocket: join(state, 'docker.sock'),
    /** What `lab:env` prints, as JSON. */
    environment: join(state, 'environment.json'),
    /** What `lab:env` puts on the PATH. */
    bin: join(state, 'bin'),
    temporary: join(state, 'tmp'),
  } as const;
}

/** Paths of one local lab. */
export type Layout = ReturnType<typeof layout>;
